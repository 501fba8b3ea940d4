// SPDX-License-Identifier: Apache-2.0
import UserPortalServer

@main
struct UserPortalCommand {
    static func main() async {
        await UserPortalServer.runCommandLine()
    }
}

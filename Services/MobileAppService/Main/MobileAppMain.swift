// SPDX-License-Identifier: Apache-2.0
import MobileAppServer

@main
struct MobileAppMain {
    static func main() async {
        await MobileAppService.main()
    }
}

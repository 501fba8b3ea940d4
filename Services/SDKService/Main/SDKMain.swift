// SPDX-License-Identifier: Apache-2.0
import SDKServer

@main
struct SDKMain {
    static func main() async {
        await SDKService.main()
    }
}

// SPDX-License-Identifier: Apache-2.0
package import Logging
import MFAAPI
import MFAClient
package import Primitives
import ServiceRuntime

/// mobileapp-service: what phones on the Internet reach. It has no database and no key, only an account on sdk-service
/// that may do six things.
package struct MobileAppService: CountersignService {
    package static let name = "mobileapp-service"
    package static let keys = MobileAppServiceConfiguration.keys

    private let configuration: MobileAppServiceConfiguration

    package init(reading reader: inout SettingsReader) {
        configuration = MobileAppServiceConfiguration(reading: &reader)
    }

    /// Runs the program; does not return.
    package static func main() async -> Never {
        await CommandLineEntry.run(service: Self.self)
    }

    package func run(logger: Logger) async throws {
        let http = InternalHTTPClient(configuration: configuration.sdk, logger: logger)
        let client = MFAClient(
            http: http.client, urls: configuration.sdk.urls.map { $0 + Paths.api },
            credentials: BasicCredentials(name: configuration.account, secret: configuration.secret))
        let calls = SDKCalls(client)
        let draining = Draining()
        let listener = HTTPListener(
            name: "listener", configuration: configuration.listener,
            responder: Routes(calls: calls, prefixes: configuration.prefixes).responder(), draining: draining,
            logger: logger)
        try await ServiceRunner.run(
            services: [http, listener], admin: configuration.admin,
            readiness: Readiness(checks: [SDKReadiness(probe: calls.probe).check], logger: logger),
            draining: draining,
            logger: logger)
    }
}

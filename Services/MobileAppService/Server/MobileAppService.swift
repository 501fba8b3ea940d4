// SPDX-License-Identifier: Apache-2.0
package import Logging
import MFAAPI
import MFAClient
package import Primitives
package import ServiceRuntime

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

    package func run(logger: Logger, reload: Reload<Self>) async throws {
        let http = InternalHTTPClient(configuration: configuration.sdk, logger: logger)
        let identity = ClientIdentity(credentials: configuration.credentials, tls: configuration.sdk.tls)
        let client = MFAClient(
            http: http.client, urls: configuration.sdk.urls.map { $0 + Paths.api }, identity: identity)
        let calls = SDKCalls(client)
        let draining = Draining()
        let tls = ListenerTLS(configuration.listener.tls)
        let watch = CertificateWatch(configuration.certificates, logger: logger)
        reload.add("listener") { try tls.preparing($0.configuration.listener.tls) }
        reload.add("sdk") { try identity.preparing($0.configuration.sdk.tls) }
        reload.add("sdk.secretFile") { identity.preparing($0.configuration.credentials) }
        reload.add("certificates") { watch.preparing($0.configuration.certificates) }
        let listener = HTTPListener(
            name: "listener", configuration: configuration.listener, tls: tls,
            responder: Routes(calls: calls, prefixes: configuration.prefixes).responder(), draining: draining,
            logger: logger)
        try await ServiceRunner.run(
            services: [reload, watch, http, listener], admin: configuration.admin,
            readiness: Readiness(checks: [SDKReadiness(probe: calls.probe).check], logger: logger),
            draining: draining,
            logger: logger)
    }
}

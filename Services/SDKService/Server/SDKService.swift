// SPDX-License-Identifier: Apache-2.0
import Hummingbird
package import Logging
import MFAClient
import Postgres
package import Primitives
import ServiceRuntime

/// sdk-service: the one door for integrators' systems, user-portal and mobileapp-service.
package struct SDKService: CountersignService {
    package static let name = "sdk-service"
    package static let keys = SDKServiceConfiguration.keys

    private let configuration: SDKServiceConfiguration

    package init(reading reader: inout SettingsReader) {
        configuration = SDKServiceConfiguration(reading: &reader)
    }

    /// Runs the program; does not return.
    package static func main() async -> Never {
        await CommandLineEntry.run(service: Self.self)
    }

    package func run(logger: Logger) async throws {
        let database = PostgresClient(configuration: configuration.database, logger: logger)
        let http = InternalHTTPClient(configuration: configuration.core, logger: logger)
        let bundler = CallBundler(client: MFAClient(http: http.client, urls: configuration.core.urls))
        let accounts = PostgresAccounts(database)
        let turnstile = Turnstile(configuration.capacity)
        let calls = CoreCalls(
            MFAClient(http: http.client, urls: configuration.core.urls), bundler: bundler, turnstile: turnstile,
            clock: accounts.clock)
        let audit = PostgresDoorAudit(database)
        let tally = RefusalTally(audit: audit, logger: logger)
        let doorman = Doorman(book: AccountBook { try await accounts.list() }, audit: audit, tally: tally)
        let registry = WaitRegistry()
        let draining = Draining()
        let stream = DecisionsStream(
            client: MFAClient(http: http.client, urls: configuration.core.urls), calls: calls, registry: registry,
            draining: draining, logger: logger)
        let routes = Routes(doorman: doorman, calls: calls, registry: registry)
        let listener = HTTPListener(
            name: "listener", configuration: configuration.listener, responder: routes.router().buildResponder(),
            draining: draining, logger: logger)
        let watch = configuration.listener.clientTrust.map { RevocationWatch($0, logger: logger) }
        try await ServiceRunner.run(
            services: [http, database, tally, turnstile, stream, bundler] + (watch.map { [$0] } ?? []) + [listener],
            admin: configuration.admin,
            readiness: Readiness(
                checks: SDKReadiness.checks(accounts: accounts, audit: audit, calls: calls), logger: logger),
            draining: draining, logger: logger)
    }
}

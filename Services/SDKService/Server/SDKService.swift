// SPDX-License-Identifier: Apache-2.0
import Hummingbird
package import Logging
import MFAClient
import Postgres
package import Primitives
import ServiceLifecycle
package import ServiceRuntime

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

    package func run(logger: Logger, reload: Reload<Self>) async throws {
        let database = PostgresClient(configuration: configuration.database, logger: logger)
        let http = InternalHTTPClient(configuration: configuration.core, logger: logger)
        let identity = ClientIdentity(tls: configuration.core.tls)
        let bundler = CallBundler(
            client: MFAClient(http: http.client, urls: configuration.core.urls, identity: identity))
        let accounts = PostgresAccounts(database)
        let sheds = ShedLog(logger: logger)
        let turnstile = Turnstile(configuration.capacity, log: sheds)
        let calls = CoreCalls(
            MFAClient(http: http.client, urls: configuration.core.urls, identity: identity), bundler: bundler,
            turnstile: turnstile, clock: accounts.clock)
        let audit = PostgresDoorAudit(database)
        let tally = RefusalTally(audit: audit, logger: logger)
        let doorman = Doorman(
            book: AccountBook { try await accounts.list() }, audit: audit, tally: tally, sheds: sheds)
        let registry = WaitRegistry()
        let draining = Draining()
        let stream = DecisionsStream(
            client: MFAClient(http: http.client, urls: configuration.core.urls, identity: identity), calls: calls,
            registry: registry, draining: draining, logger: logger)
        let routes = Routes(doorman: doorman, calls: calls, registry: registry)
        let tls = ListenerTLS(configuration.listener.tls)
        let watch = CertificateWatch(configuration.certificates, logger: logger)
        let trust = configuration.listener.clientTrust
        reload.add("listener.clientRevocationLists") { fresh in
            try ClientTrust.preparing(trust, as: fresh.configuration.listener.clientTrust)
        }
        reload.add("listener") { try tls.preparing($0.configuration.listener.tls) }
        reload.add("core") { try identity.preparing($0.configuration.core.tls) }
        reload.add("database.passwordFile") { database.preparing(password: $0.configuration.database.password) }
        reload.add("certificates") { watch.preparing($0.configuration.certificates) }
        let listener = HTTPListener(
            name: "listener", configuration: configuration.listener, tls: tls,
            responder: routes.responder(), draining: draining, logger: logger)
        let parts: [any Service] = [reload, watch, http, database, tally, turnstile, stream, bundler]
        let lists = trust.map { RevocationWatch($0, logger: logger) }
        try await ServiceRunner.run(
            services: parts + (lists.map { [$0] } ?? []) + [listener], admin: configuration.admin,
            readiness: Readiness(
                checks: SDKReadiness.checks(accounts: accounts, audit: audit, calls: calls), logger: logger),
            draining: draining, logger: logger)
    }
}

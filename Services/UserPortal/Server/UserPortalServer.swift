// SPDX-License-Identifier: Apache-2.0
package import Logging
internal import MFAClient
internal import Postgres
package import Primitives
internal import ServiceLifecycle
package import ServiceRuntime

/// user-portal: the pages where people see what they sign in with.
package struct UserPortalServer: CountersignService {
    package static let name = "user-portal"
    package static var keys: [SettingKey] { UserPortalConfiguration.keys }

    private let configuration: UserPortalConfiguration

    package init(reading reader: inout SettingsReader) {
        configuration = UserPortalConfiguration(reading: &reader)
    }

    /// Runs the process's command line; does not return.
    package static func runCommandLine() async -> Never {
        await CommandLineEntry.run(service: Self.self)
    }

    package func run(logger: Logger, reload: Reload<Self>) async throws {
        guard let resources = configuration.resources else {
            throw CommandRefusal("The pages cannot be read; check-config says why.")
        }
        let database = PostgresClient(configuration: configuration.database, logger: logger)
        let calls = InternalHTTPClient(configuration: configuration.sdk, logger: logger)
        let waits = InternalHTTPClient(configuration: configuration.sdkWaits, logger: logger)
        let store = PostgresSessionStore(database: database, limits: configuration.sessions)
        let draining = Draining()
        let identity = ClientIdentity(credentials: configuration.credentials, tls: configuration.sdk.tls)
        let clients = PortalClients(calls: client(over: calls, as: identity), waits: client(over: waits, as: identity))
        let routes = PortalRoutes(
            configuration: configuration.portal, resources: resources, clients: clients, store: store,
            draining: draining)
        let tls = ListenerTLS(configuration.listener.tls)
        let watch = CertificateWatch(configuration.certificates, logger: logger)
        reload.add("listener") { try tls.preparing($0.configuration.listener.tls) }
        reload.add("sdk") { try identity.preparing($0.configuration.sdk.tls) }
        reload.add("sdk.secretFile") { identity.preparing($0.configuration.credentials) }
        reload.add("database.passwordFile") { database.preparing(password: $0.configuration.database.password) }
        reload.add("certificates") { watch.preparing($0.configuration.certificates) }
        let listener = HTTPListener(
            name: "portal", configuration: configuration.listener, tls: tls, responder: routes.responder,
            draining: draining, logger: logger)
        try await ServiceRunner.run(
            services: [reload, watch, database, calls, waits, SessionSweep(store: store, logger: logger), listener],
            admin: configuration.admin,
            readiness: Readiness(
                checks: [Self.databaseCheck(store), SDKReadiness(probe: clients.probe).check], logger: logger),
            draining: draining, logger: logger)
    }

    private func client(over http: InternalHTTPClient, as identity: ClientIdentity) -> MFAClient {
        MFAClient(http: http.client, urls: configuration.sdkBases, identity: identity)
    }

    private static func databaseCheck(_ store: PostgresSessionStore) -> ReadinessCheck {
        ReadinessCheck("database") {
            do {
                guard try await store.isWritable() else {
                    return .notReady(code: "database_read_only", detail: "sessions cannot be written")
                }
                return .ready
            } catch let error as PostgresError {
                return .notReady(code: "database_unavailable", detail: error.description)
            } catch {
                return .notReady(code: "database_unavailable", detail: "no answer")
            }
        }
    }
}

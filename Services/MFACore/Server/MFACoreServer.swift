// SPDX-License-Identifier: Apache-2.0
import Glibc
import Hummingbird
package import Logging
import MFACoreStore
import MFADomain
import Postgres
package import Primitives
import ServiceLifecycle
package import ServiceRuntime

/// mfa-core as a running service: configuration in, a group of parts out.
package struct MFACoreService: CountersignService {
    package static let name = "mfa-core"
    package static let keys = MFACoreConfiguration.keys

    /// The only peer that the internal listener talks to.
    static let sdkPeer = "countersign://service/sdk-service"

    /// Whether an administrator says that the database was restored from a backup (R91).
    package var isRestored = false
    private let configuration: MFACoreConfiguration

    package init(reading settings: inout SettingsReader) {
        configuration = MFACoreConfiguration(reading: &settings)
    }

    package static func checkCommands(reading settings: inout SettingsReader) {
        MFACoreConfiguration.checkMigration(reading: &settings)
    }

    package func run(logger: Logger, reload: Reload<Self>) async throws {
        for warning in configuration.rules.warnings { logger.warning("\(warning)") }
        let master = try configuration.rules.masterKeyFile.load()
        let client = PostgresClient(configuration: configuration.database, logger: logger)
        let clock = ClockSanity()
        let draining = Draining()
        let tls = ListenerTLS(configuration.listener.tls)
        let watch = CertificateWatch(configuration.certificates, logger: logger)
        reload.add("listener") { try tls.preparing($0.configuration.listener.tls) }
        reload.add("database.passwordFile") { client.preparing(password: $0.configuration.database.password) }
        let forwarding = self.forwarding(client: client, reload: reload, logger: logger)
        reload.add("certificates") { watch.preparing($0.configuration.certificates) }
        let (keys, listening) = (Milestone(), Milestone())
        let readiness = Readiness(
            checks: CoreReadiness.checks(client: client, keys: keys, listening: listening, clock: clock), logger: logger
        )
        let restore = RestoreWatch(
            fence: RestoreFence(
                client: client, windows: configuration.rules.signIns.windows, instance: Self.instanceName),
            file: configuration.rules.lastSeenFile.map { LastSeenFile(path: $0) }, isRestored: isRestored,
            logger: logger)
        let keyed = KeyedServices(
            client: client, master: master, keys: keys, readiness: readiness, logger: logger,
            admit: { try await restore.admit() }
        ) { keys in
            let serving = services(keys, client: client, tls: tls, clock: clock, draining: draining, logger: logger) {
                listening.reach()
                Task { await readiness.look() }
            }
            return restore.services + serving + forwarding
        }
        try await ServiceRunner.run(
            services: [reload, watch, client, keyed], admin: configuration.admin, readiness: readiness,
            draining: draining,
            logger: logger)
    }

    /// Everything that opens or decides something, the listener last.
    private func services(
        _ keys: LiveKeyring, client: PostgresClient, tls: ListenerTLS, clock: ClockSanity, draining: Draining,
        logger: Logger, onListening: @escaping @Sendable () -> Void
    ) -> [any Service] {
        let hub = DecisionHub(client: client, logger: logger)
        let instance = Self.instanceName
        let core = CoreServices(
            client: client, keys: keys, rules: configuration.rules, clock: clock, instance: instance,
            logger: logger, announce: { hub.announce($0) })
        let routes = Routes(core: core, rules: configuration.rules, hub: hub, draining: draining)
        let housekeeping = Housekeeping(
            store: PostgresHousekeeping(
                client: client, clock: clock, instance: instance, retention: configuration.rules.retention,
                prompts: configuration.rules.signIns.prompts,
                announce: { hub.announce($0) }), logger: logger)
        let listener = HTTPListener(
            name: "internal", configuration: configuration.listener, tls: tls,
            responder: routes.router().buildResponder(), requiredPeer: Self.sdkPeer, draining: draining, logger: logger,
            onListening: { _ in onListening() })
        let watch = KeyWatch(
            keys: keys, client: client, name: instance, random: SystemRandomSource(), logger: logger)
        let chaining = AuditChaining(chain: PostgresAuditChain(client: client), logger: logger)
        return [hub, watch, CheckService(store: core.store), housekeeping, chaining, listener]
    }

    /// What sends the audit to a syslog receiver, where there is one.
    private func forwarding(client: PostgresClient, reload: Reload<Self>, logger: Logger) -> [any Service] {
        guard let syslog = configuration.syslog else { return [] }
        let receiver = SyslogClient(syslog)
        reload.add("syslog") { fresh in
            guard let fresh = fresh.configuration.syslog else { return nil }
            return try receiver.preparing(fresh.tls)
        }
        let store = PostgresForwarding(
            client: client, receiver: syslog.receiver, instance: Self.instanceName, random: SystemRandomSource())
        return [
            AuditForwarding(store: store, facility: syslog.facility, logger: logger) { try await receiver.deliver($0) }
        ]
    }

    /// Host and process, so that an audit row tells which copy wrote it.
    private static var instanceName: String {
        var name = [CChar](repeating: 0, count: 256)
        gethostname(&name, name.count - 1)
        let host = name.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }
        return "\(String(decoding: host, as: UTF8.self)):\(getpid())"
    }
}

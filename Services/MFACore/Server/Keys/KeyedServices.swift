// SPDX-License-Identifier: Apache-2.0
package import Logging
package import MFACoreStore
package import Postgres
import Primitives
package import ServiceLifecycle
package import ServiceRuntime
import Synchronization

/// Something on the way to being ready, such as the keys being open, that is reached once and then stays so.
package final class Milestone: Sendable {
    private let reached = Atomic(false)

    package init() {}

    package func reach() { reached.store(true, ordering: .relaxed) }

    package var isReached: Bool { reached.load(ordering: .relaxed) }
}

/// Opens the keys, however long the database takes to answer, and then runs what cannot do without them.
///
/// Until then mfa-core lives, is not ready and listens to operators only. A database that answers, but not with keys
/// that this master key opens, ends the service: waiting would not help.
package final class KeyedServices: Service {
    /// Asking again is cheap: the client's connections come back with growing pauses of their own.
    private static let pause: Duration = .milliseconds(500)

    private let store: PostgresKeyStore
    private let master: MasterKey
    private let logger: Logger
    private let keys: Milestone
    private let readiness: Readiness
    private let admit: @Sendable () async throws -> Void
    private let services: @Sendable (LiveKeyring) -> [any Service]

    /// - Parameters:
    ///   - keys: reached when the keys are open; `readiness` then looks at once.
    ///   - admit: looks whether this is the database that mfa-core may serve with; done again when it does not answer.
    ///   - services: what to run with the keys, in the order of starting.
    package init(
        client: PostgresClient, master: MasterKey, keys: Milestone, readiness: Readiness, logger: Logger,
        admit: @escaping @Sendable () async throws -> Void = {},
        services: @escaping @Sendable (LiveKeyring) -> [any Service]
    ) {
        store = PostgresKeyStore(client: client)
        self.master = master
        self.keys = keys
        self.readiness = readiness
        self.logger = logger
        self.admit = admit
        self.services = services
    }

    package func run() async throws {
        guard let keyring = try await cancelWhenGracefulShutdown({ try await self.open() }) else { return }
        keys.reach()
        await readiness.look()
        try await ServiceGroup(services: services(LiveKeyring(keyring, store: store)), logger: logger).run()
    }

    /// Nil when the service is told to stop first.
    private func open() async throws -> Keyring? {
        while !Task.isCancelled {
            do {
                let keyring = try await store.load(master)
                try await admit()
                return keyring
            } catch let error as PostgresError {
                switch error.code {
                // What admits may be done twice.
                case .unavailable, .timedOut, .cancelled, .closed, .outcomeUnknown: break
                default: throw CommandRefusal(CommandFault(explaining: error).sentences.joined(separator: " "))
                }
            }
            try? await Task.sleep(for: Self.pause)
        }
        return nil
    }
}

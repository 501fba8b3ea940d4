// SPDX-License-Identifier: Apache-2.0

package import Logging
package import Primitives
internal import Synchronization
internal import ServiceLifecycle

/// Connections to one database, shared by everything in a service.
///
/// | lane | for | connections | how |
/// |---|---|---|---|
/// | read | ``query(_:_:deadline:)`` | few | deep pipelines, read-only sessions |
/// | write | ``execute(_:_:deadline:)`` | more | shallow pipelines, one commit each |
/// | write | ``withTransaction(deadline:isolation:_:)`` | one at a time | held exclusively |
/// | channel | ``listen(_:)``, ``notify(channel:payload:)`` | one, when used | |
///
/// A statement is done when its Sync is answered and not before, because an autocommit statement's result comes ahead
/// of its commit. A write that loses its connection, its deadline or a clean answer after it was sent has an *unknown
/// outcome* and is never retried here. A deadline fails the caller and closes the connection; it never cancels on the
/// server, because a cancelled wait for a standby looks like success. A cancelled caller stops waiting; the statement
/// goes on. Connections come back by themselves with growing pauses.
package final class PostgresClient: Service, Sendable {
    private let driver: Driver
    private let configuration: PostgresConfiguration

    /// Nothing is opened before ``run()`` or the first statement.
    package init(configuration: PostgresConfiguration, logger: Logger) {
        self.configuration = configuration
        self.driver = Driver(configuration, logger: logger)
    }

    /// Transactions that may be open at once.
    package var transactionsMax: Int { configuration.writeConnections }

    /// Prepares to log in with this password from the next connection on; connections that stand are not touched. Nil
    /// when it is the same.
    package func preparing(password: SecretBytes?) -> (@Sendable () -> Void)? {
        let present = driver.password
        if present.isSame(as: password) { return nil }
        return { present.use(password) }
    }

    deinit {
        driver.abandon()
    }

    /// Keeps the connections open until a graceful shutdown (work under way may finish) or cancellation (it may not).
    package func run() async throws {
        driver.start()
        var patience = Limits.drain
        do {
            try await gracefulShutdown()
        } catch {
            patience = .zero
        }
        await driver.stop(patience: patience)
    }

    /// Runs `body` with a client of its own and closes it afterwards; for commands and tests.
    package static func withClient<R>(
        _ configuration: PostgresConfiguration, logger: Logger, isolation: isolated (any Actor)? = #isolation,
        _ body: (PostgresClient) async throws -> R
    ) async throws -> R {
        let client = PostgresClient(configuration: configuration, logger: logger)
        client.driver.start()
        do {
            let result = try await body(client)
            await client.driver.stop(patience: Limits.drain)
            return result
        } catch {
            await client.driver.stop(patience: .zero)
            throw error
        }
    }

    /// Reads: one statement, its own read-only transaction.
    package func query(
        _ statement: Statement, _ values: [PostgresValue] = [], deadline: Duration? = nil
    ) async throws(PostgresError) -> [Row] {
        let (driver, bound) = (driver, try BoundStatement(statement, values))
        let results = try await driver.perform(.read, [bound], deadline: end(deadline)) { exchange in
            driver.reads.start()
            driver.reads.admit(exchange)
        }
        return results.first?.rows ?? []
    }

    /// Writes: one statement, its own transaction, committed when this returns.
    ///
    /// - Throws: `.outcomeUnknown` when it was sent and no clean answer came, a WARNING included; after `.cancelled` it
    ///   may have happened too.
    package func execute(
        _ statement: Statement, _ values: [PostgresValue] = [], deadline: Duration? = nil
    ) async throws(PostgresError) -> [Row] {
        let (driver, bound) = (driver, try BoundStatement(statement, values))
        let results = try await driver.perform(.write, [bound], deadline: end(deadline)) { exchange in
            driver.writes.start()
            driver.writes.admit(exchange)
        }
        return results.first?.rows ?? []
    }

    /// Runs `body` in a transaction (READ COMMITTED) on a connection of its own.
    ///
    /// BEGIN travels with the first statements. When `body` returns without having finished, this commits; when it
    /// throws, this rolls back, and the connection is used again only after that is confirmed. The deadline spans all
    /// of it, waiting for a connection included.
    package func withTransaction<R>(
        deadline: Duration? = nil, isolation: isolated (any Actor)? = #isolation,
        _ body: (Transaction) async throws -> R
    ) async throws -> R {
        let lease = Lease(deadline: end(deadline))
        let transaction = Transaction(driver: driver, lease: lease)
        let driver = driver
        defer {
            if !lease.hasCommitted.load(ordering: .relaxed) { _ = driver.submit { driver.writes.release(lease) } }
        }
        let result = try await body(transaction)
        try await transaction.commitUnlessOver()
        return result
    }

    /// Whether both lanes have a connection.
    package var isReachable: Bool {
        driver.reads.openConnections.load(ordering: .relaxed) > 0
            && driver.writes.openConnections.load(ordering: .relaxed) > 0
    }

    /// The notifications on `channel` until the stream is dropped or the client stops; see ``ListenEvent``.
    package func listen(_ channel: String) -> AsyncStream<ListenEvent> {
        let driver = driver
        return AsyncStream(bufferingPolicy: .bufferingNewest(Limits.notificationsKept)) { continuation in
            let wasAccepted = driver.submit {
                let listener = driver.channels.add(continuation, to: channel)
                continuation.onTermination = { _ in
                    _ = driver.submit { driver.channels.remove(listener, from: channel) }
                }
            }
            if !wasAccepted { continuation.finish() }
        }
    }

    /// Notifies all listeners of all copies; at most 7 999 bytes of payload. To be called after the commit.
    package func notify(channel: String, payload: String) async throws(PostgresError) {
        let (driver, bound) = (driver, try BoundStatement(Self.notification, [.text(channel), .text(payload)]))
        _ = try await driver.perform(.write, [bound], deadline: end(nil)) { exchange in
            driver.channels.lane.start()
            driver.channels.lane.admit(exchange)
        }
    }

    private func end(_ deadline: Duration?) -> ContinuousClock.Instant {
        .now + (deadline ?? configuration.statementDeadline)
    }

    private static let notification = Statement("postgres.notify", "select pg_notify($1, $2)")
}

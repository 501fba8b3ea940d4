// SPDX-License-Identifier: Apache-2.0

internal import Synchronization

/// A transaction under way; good only inside the body it was given to, and `.closed` afterwards.
///
/// After any error the transaction is lost: let the error out of the body, or begin again. Statements of one
/// transaction run in the order of the calls.
package struct Transaction: Sendable {
    let driver: Driver
    let lease: Lease

    /// One statement, one round trip.
    package func query(
        _ statement: Statement, _ values: [PostgresValue] = []
    ) async throws(PostgresError) -> [Row] {
        try await batch([(statement, values)]).first ?? []
    }

    /// Several statements in one round trip, each with its own snapshot; the rows of each, in order.
    package func batch(_ list: [(Statement, [PostgresValue])]) async throws(PostgresError) -> [[Row]] {
        var bound: [BoundStatement] = []
        for (statement, values) in list { bound.append(try BoundStatement(statement, values)) }
        return try await perform(.step, bound).map(\.rows)
    }

    /// One statement and COMMIT in one round trip; the transaction is over afterwards.
    ///
    /// - Throws: `.statement` when the statement or the commit was refused, `.outcomeUnknown` when COMMIT was sent and
    ///   no clean answer came. Waits for the answer, up to the deadline, even when its task is cancelled.
    package func finish(
        _ statement: Statement, _ values: [PostgresValue] = []
    ) async throws(PostgresError) -> [Row] {
        try await perform(.commit, [try BoundStatement(statement, values)]).first?.rows ?? []
    }

    /// COMMIT; the transaction is over afterwards. Errors as for ``finish(_:_:)``.
    package func commit() async throws(PostgresError) {
        _ = try await perform(.commit, [])
    }

    /// Ends the transaction without a trace of it, now rather than by an error out of the body.
    package func rollback() async throws(PostgresError) {
        let (driver, lease) = (driver, lease)
        let promise = Promise<Void>()
        let wasAccepted = driver.submit {
            driver.writes.release(lease)
            promise.settle(.success(()))
        }
        if wasAccepted { try await promise.wait(isAbandonable: false) }
    }

    /// Commits what the body left open; one that sent nothing, or ended the transaction itself, leaves nothing to do.
    ///
    /// - Throws: what lost the transaction, even when the body swallowed it.
    func commitUnlessOver() async throws(PostgresError) {
        let (driver, lease) = (driver, lease)
        if lease.hasCommitted.load(ordering: .relaxed) { return }
        let promise = Promise<Bool>()
        let wasAccepted = driver.submit {
            if let failure = lease.failure { return promise.settle(.failure(failure)) }
            switch lease.phase {
            case .waiting, .attached: promise.settle(.success(true))
            case .fresh, .over: promise.settle(.success(false))
            }
        }
        guard wasAccepted else { throw PostgresError(.closed, "the client was stopped") }
        if try await promise.wait(isAbandonable: false) { try await commit() }
    }

    private func perform(
        _ purpose: Exchange.Purpose, _ statements: [BoundStatement]
    ) async throws(PostgresError) -> [ResultSet] {
        let (driver, lease) = (driver, lease)
        let results = try await driver.perform(
            purpose, statements, deadline: lease.deadline, isAbandonable: purpose == .step
        ) { exchange in
            driver.writes.start()
            driver.writes.admit(exchange, on: lease)
        }
        if purpose == .commit { lease.hasCommitted.store(true, ordering: .relaxed) }
        return results
    }
}

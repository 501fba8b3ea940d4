// SPDX-License-Identifier: Apache-2.0

/// What is sent in one go and ended by one Sync: a statement of its own, or a piece of a transaction.
///
/// `@unchecked Sendable`: made by the caller, then touched by the reactor's thread only.
final class Exchange: @unchecked Sendable {
    /// What losing the answer would mean.
    enum Purpose {
        /// An autocommit statement of the read lane: nothing is lost.
        case read
        /// An autocommit statement of the write lane: its commit may have happened.
        case write
        /// A piece of a transaction without its COMMIT: lost with the transaction.
        case step
        /// The piece with COMMIT: the transaction may have happened.
        case commit
    }

    /// One command inside the exchange, in the order in which results arrive.
    enum Step {
        case begin
        case prepare(Statement)
        /// Runs the prepared statement.
        case named(BoundStatement)
        /// Runs the text without keeping it prepared.
        case unnamed(BoundStatement)
        case commit
    }

    let purpose: Purpose
    let statements: [BoundStatement]
    let deadline: ContinuousClock.Instant
    /// What to call the exchange in a log.
    let label: String
    private let onCompletion: (Result<[ResultSet], PostgresError>) -> Void

    /// Set by the lane for the first exchange of a transaction.
    var begins = false
    private(set) var steps: [Step] = []
    private var position = 0
    private var results: [ResultSet] = []
    private(set) var failure: PostgresError?
    private var warning: String?
    private var hasCommitted = false
    private(set) var wasSent = false

    init(
        _ purpose: Purpose, _ statements: [BoundStatement], deadline: ContinuousClock.Instant, label: String? = nil,
        onCompletion: @escaping (Result<[ResultSet], PostgresError>) -> Void
    ) {
        self.purpose = purpose
        self.statements = statements
        self.deadline = deadline
        self.label = label ?? statements.first?.statement.name ?? "commit"
        self.onCompletion = onCompletion
    }

    var commits: Bool { purpose == .commit }

    /// Names the statements that were to be prepared on the way.
    var preparedNames: [String] {
        steps.compactMap { step in if case .prepare(let statement) = step { statement.name } else { nil } }
    }

    func willSend(_ steps: [Step]) {
        self.steps = steps
        wasSent = true
    }

    /// The command whose results arrive now; nil when only the Sync is still to come.
    var currentStep: Step? { position < steps.count ? steps[position] : nil }

    /// What failed, for a log: the statement under way, else the exchange as a whole.
    var currentLabel: String {
        switch currentStep {
        case .prepare(let statement): statement.name
        case .named(let bound), .unnamed(let bound): bound.statement.name
        case .begin, .commit, nil: label
        }
    }

    func endStep() {
        position += 1
    }

    func accept(_ result: ResultSet) {
        switch currentStep {
        case .named, .unnamed: results.append(result)
        case .commit where result.commandTag == "COMMIT": hasCommitted = true
        case .commit:
            // A failed transaction answers COMMIT with a clean result whose tag is ROLLBACK.
            fail(PostgresError(.rolledBack, "\(label): COMMIT was answered with \(result.commandTag)"))
        case .begin, .prepare, nil: break
        }
    }

    /// The first failure is the cause; later ones follow from it.
    func fail(_ error: PostgresError) {
        if failure == nil { failure = error }
    }

    /// The server warned while this exchange was on its way.
    func warn(_ message: String) {
        if warning == nil { warning = message }
    }

    /// The Sync was answered: only now is an autocommit statement, or a COMMIT, known to be done.
    func complete() -> PostgresError? {
        if let failure { return end(failure) }
        switch purpose {
        case .write, .commit:
            if let warning {
                return end(PostgresError(.outcomeUnknown, "\(label): the server warned: \(warning)"))
            }
            if commits, !hasCommitted { return end(PostgresError(.outcomeUnknown, "\(label): COMMIT had no answer")) }
        case .read, .step: break
        }
        onCompletion(.success(results))
        return nil
    }

    /// The exchange ends without its Sync, because it was never sent or its connection is gone.
    @discardableResult
    func abandon(_ cause: PostgresError) -> PostgresError? {
        if let failure { return end(failure) }
        guard wasSent, purpose == .write || purpose == .commit else {
            return end(PostgresError(cause.code, "\(label): \(cause.reason)"))
        }
        return end(PostgresError(.outcomeUnknown, "\(label): \(cause.reason)"))
    }

    private func end(_ error: PostgresError) -> PostgresError {
        onCompletion(.failure(error))
        return error
    }
}

// SPDX-License-Identifier: Apache-2.0
package import Logging
package import MFADomain
package import Postgres
import Primitives
import Synchronization

/// Decisions about one person on PostgreSQL: lock, read, let the rule decide, write, commit, and only then answer.
package final class PostgresPersonStore: PersonStore {
    let client: PostgresClient
    let keys: LiveKeyring
    let clock: ClockSanity
    let instance: String
    let logger: Logger
    let policies = PolicyShelf()
    private let checks: CheckBatcher
    private let announce: @Sendable ([SignIn]) -> Void

    /// - Parameters:
    ///   - instance: names this copy in the audit.
    ///   - announce: hears of sign-ins that were pending and are decided, after their commit.
    package init(
        client: PostgresClient, keys: LiveKeyring, clock: ClockSanity, instance: String, logger: Logger,
        announce: @escaping @Sendable ([SignIn]) -> Void
    ) {
        self.client = client
        self.keys = keys
        self.clock = clock
        self.instance = instance
        self.logger = logger
        self.announce = announce
        checks = CheckBatcher(aloneMax: max(1, client.transactionsMax / Limits.aloneShare))
    }

    /// Serves the queue of passcode checks until a graceful shutdown.
    package func run() async throws {
        await checks.run(CheckBatch(store: self))
    }

    package func check<Answer: Sendable>(
        _ subject: PersonSubject, reading: PersonReading, caller: Caller, rule: @escaping PersonRule<Answer>
    ) async throws(Refusal) -> Answer {
        switch subject {
        case .name(let name): try await checks.submit(name, caller: caller, rule: rule)
        case .impossibleName: try await checks.submit(nil, caller: caller, rule: rule)
        default: try await decide(subject, reading: reading, caller: caller, rule: rule)
        }
    }

    package func decide<Answer: Sendable>(
        _ subject: PersonSubject, reading: PersonReading, caller: Caller, rule: @escaping PersonRule<Answer>
    ) async throws(Refusal) -> Answer {
        let keeping: AnswerKeeping<Answer>? = nil
        switch try await run(subject, reading, caller, keeping, DecisionTime(of: caller), rule) {
        case .fresh(let answer): return answer
        case .stored: throw Refusal(.unavailable, reason: "an answer was kept where none is asked for")
        }
    }

    package func decide<Answer: Sendable>(
        _ subject: PersonSubject, reading: PersonReading, caller: Caller, keeping: AnswerKeeping<Answer>,
        rule: @escaping PersonRule<Answer>
    ) async throws(Refusal) -> KeptAnswer<Answer> {
        try await run(subject, reading, caller, keeping, DecisionTime(of: caller), rule)
    }

    package func audit(_ events: [AuditEvent], caller: Caller) async throws(Refusal) {
        let rows = events.map { AuditRow($0, caller: caller, instance: instance) }
        do {
            _ = try await client.execute(AuditStatements.append, [.json(AuditRow.json(rows)), .integer(rows.count)])
        } catch {
            throw StoreFault.refusal(error, caller: caller)
        }
    }

    /// Decides alone, with what is left of a check's time; used where a check could not go with a batch.
    func decideAlone<Answer: Sendable>(
        _ subject: PersonSubject, caller: Caller, remaining: Duration, rule: @escaping PersonRule<Answer>
    ) async throws(Refusal) -> Answer {
        let keeping: AnswerKeeping<Answer>? = nil
        // The server gives up on the lock before the driver gives up on the connection.
        let time = DecisionTime(deadline: remaining + Limits.lockTimeoutLead, lockTimeout: remaining)
        guard case .fresh(let answer) = try await run(subject, PersonReading(), caller, keeping, time, rule)
        else { throw Refusal(.unavailable, reason: "an answer was kept where none is asked for") }
        return answer
    }

    private func run<Answer: Sendable>(
        _ subject: PersonSubject, _ reading: PersonReading, _ caller: Caller, _ keeping: AnswerKeeping<Answer>?,
        _ time: DecisionTime, _ rule: @escaping PersonRule<Answer>
    ) async throws(Refusal) -> KeptAnswer<Answer> {
        let read = PersonRead(
            subject: subject, reading: reading, caller: caller, keepsAnswer: keeping != nil,
            lockTimeout: time.lockTimeout)
        var attempt = 1
        while true {
            do {
                return try await once(read, caller, keeping, deadline: time.deadline, rule)
            } catch let refusal as Refusal {
                throw refusal
            } catch let error as PostgresError {
                let isUnderRemovedKey = StoreFault.isSealedUnderRemovedKey(error)
                // A race on fresh rows: the second run sees what the first one lost to.
                guard isUnderRemovedKey || StoreFault.isWorthAnotherRun(error), attempt < Limits.runsMax else {
                    throw StoreFault.refusal(error, caller: caller)
                }
                if isUnderRemovedKey { try await renewKeys(seeking: nil, for: caller) }
                attempt += 1
            } catch let error as SealingError {
                guard let id = error.unknownKeyID, attempt < Limits.runsMax else {
                    throw Refusal(.unavailable, reason: error.description)
                }
                try await renewKeys(seeking: id, for: caller)
                attempt += 1
            } catch {
                throw Refusal(.unavailable, reason: "\(error)")
            }
        }
    }

    /// Has the keys read again: a row is under one that was made, or a value was sealed under one that was removed, since
    /// this process read them.
    func renewKeys(seeking id: Int64?, for caller: Caller) async throws(Refusal) {
        do {
            if let id { try await keys.seek(id) } else { try await keys.reread() }
        } catch let error as PostgresError {
            throw StoreFault.refusal(error, caller: caller)
        } catch {
            throw Refusal(.unavailable, reason: "\(error)")
        }
    }

    private func once<Answer: Sendable>(
        _ read: PersonRead, _ caller: Caller, _ keeping: AnswerKeeping<Answer>?, deadline: Duration,
        _ rule: @escaping PersonRule<Answer>
    ) async throws -> KeptAnswer<Answer> {
        let transactionID = Mutex<String?>(nil)
        let keyring = keys.present
        let outcome: (answer: KeptAnswer<Answer>, changes: PersonChanges?)
        do {
            outcome = try await client.withTransaction(deadline: deadline) { transaction in
                let sent = WallClock.now()
                let found = try read.found(in: try await transaction.batch(read.statements), keyring: keyring)
                transactionID.withLock { $0 = found.transactionID }
                guard self.clock.judge(database: found.personCase.now, sent: sent, received: WallClock.now()) else {
                    throw Refusal(.unavailable, reason: "database and host clocks are more than 2 s apart")
                }
                if let kept = try found.keptAnswer(for: caller, keyring: keyring) {
                    return (KeptAnswer<Answer>.stored(status: kept.status, body: kept.body), nil)
                }
                var personCase = found.personCase
                personCase.policy = try await self.policies.policy(found.policyVersion, in: transaction)
                try caller.checkPresence(at: personCase.now)
                let answer = try rule(&personCase)
                let changes = try await self.write(
                    personCase, found: found, answer: answer, keeping: keeping, caller: caller, keyring: keyring,
                    in: transaction)
                return (.fresh(answer), changes)
            }
        } catch let error as PostgresError where error.code == .outcomeUnknown {
            await settle(transactionID.withLock { $0 })
            throw error
        }
        if let changes = outcome.changes {
            DecisionMetrics.count(changes.settled)
            DecisionMetrics.countAlarms(changes.events)
            if !changes.decided.isEmpty { announce(changes.decided) }
        }
        return outcome.answer
    }

    private func write<Answer>(
        _ personCase: PersonCase, found: PersonFound, answer: Answer, keeping: AnswerKeeping<Answer>?, caller: Caller,
        keyring: Keyring, in transaction: Transaction
    ) async throws -> PersonChanges {
        var changes = PersonChanges(keyring: keyring, instance: instance)
        try changes.add(personCase, caller: caller)
        var single = changes.single
        if let keeping, let mark = caller.idempotency, let body = try keeping.encode(answer) {
            let sealed = try keyring.seal(SecretBytes(body), at: PersonFound.place(of: mark, account: caller.account))
            let values: [PostgresValue] = [
                .text(caller.account), .bytes(mark.keyHash), .bytes(mark.requestHash), .integer(keeping.status),
                .bytes(sealed.bytes), .integer(sealed.keyID), .boolean(keeping.isOneTime),
            ]
            // First of all: of two equal requests at once the second must meet the key, not some other row of the first.
            single.insert((IdempotencyStatements.insert, values), at: 0)
        }
        if changes.isEmpty && single.isEmpty {
            try await transaction.commit()
            return changes
        }
        if !single.isEmpty { _ = try await transaction.batch(single) }
        _ = try await transaction.finish(
            SignInStatements.writeBatch, changes.batchValues(before: found.factorsBefore))
        return changes
    }

    /// Finds out, for the log and the metric alone, what became of a commit whose answer did not come.
    func settle(_ transactionID: String?) async {
        guard let transactionID else { return }
        let status: String
        do {
            let rows = try await client.query(TransactionStatements.status, [.text(transactionID)])
            let found = try rows.first?.optionalText("status")
            DecisionMetrics.countSettled(found)
            status = found ?? "too old to tell"
        } catch {
            DecisionMetrics.countSettled(nil)
            status = "not to be learned: \(error)"
        }
        logger.error(
            "the outcome of a commit was unknown; callers were told to try again",
            metadata: ["transaction": "\(transactionID)", "status": "\(status)"])
    }
}

/// How long a decision may take, and how long of that it may wait for the person's lock.
struct DecisionTime {
    let deadline: Duration
    /// Nil leaves it to the role's own.
    let lockTimeout: Duration?

    init(deadline: Duration, lockTimeout: Duration) {
        self.deadline = deadline
        self.lockTimeout = lockTimeout
    }

    /// As long as a decision may take, and no longer than `caller` waits for it.
    init(of caller: Caller) {
        guard let patience = caller.patience, patience < Limits.decisionDeadline else {
            (deadline, lockTimeout) = (Limits.decisionDeadline, nil)
            return
        }
        (deadline, lockTimeout) = (patience, max(patience - Limits.lockTimeoutLead, .milliseconds(1)))
    }
}

/// Bounds of decisions, each with its reason.
enum Limits {
    /// A person waits for the answer; a decision that takes longer is not worth waiting for.
    static let decisionDeadline: Duration = .seconds(5)
    /// A refused lock keeps its connection; a missed deadline costs it.
    static let lockTimeoutLead: Duration = .milliseconds(250)
    /// One run, and one more on fresh rows for each race that others can win meanwhile: for the row that was decided, for
    /// the last try of a budget, and for the alarm that follows it. Each can be lost once only.
    static let runsMax = 4
    /// The same for a batch, whose people are locked: nobody else can have won twice.
    static let batchRunsMax = 2
    /// Data keys that a batch may meet without knowing them: each look brings all that there are.
    static let newKeysMax = 3
    /// Checks go from queue to answer within this, or are refused.
    static let checkDeadline: Duration = .seconds(2)
    /// People in one batch: their locks are held together.
    static let usersPerBatch = 128
    static let checksPerBatch = 512
    /// More checks of one person in one batch are somebody's attack on the others.
    static let checksPerUser = 256
    /// Waiting checks; beyond them the answer is 503 at once.
    static let queuedMax = 4096
    /// Batches that a user locked elsewhere may head before their checks run alone.
    static let deferralsMax = 3
    /// One in so many connections goes to checks that run beside the batches: each may hold it for as long as it waits
    /// for a lock, and the batches and everybody else must always find another one.
    static let aloneShare = 3
}

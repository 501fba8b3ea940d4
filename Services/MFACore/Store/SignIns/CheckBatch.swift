// SPDX-License-Identifier: Apache-2.0
import Logging
import MFADomain
import Postgres
import Primitives
import Synchronization

/// One transaction for many passcode checks, in two round trips (architecture.md §5).
///
/// | trip | what |
/// |---|---|
/// | 1 | BEGIN; lock the users that nobody else holds; read names, users, factors, earlier sign-ins, time |
/// | 2 | one statement writes factors, sign-ins and audit, or raises 40001 itself; COMMIT rides with it |
struct CheckBatch: Sendable {
    let store: PostgresPersonStore

    /// What became of one transaction for several checks.
    private enum Round {
        case decided(deferred: [PendingCheck])
        /// One member's values broke the transaction.
        case broken
        case lockedOut
        case failed
    }

    /// Decides `checks` together; whoever was locked elsewhere goes back through `returning`, or `alone` after a while.
    func run(
        _ checks: [PendingCheck], returning: ([PendingCheck]) -> Void, alone: ([PendingCheck]) -> Void
    ) async {
        switch await round(checks) {
        case .decided(let deferred):
            let parts = deferred.reduce(into: (again: [PendingCheck](), alone: [PendingCheck]())) { parts, check in
                if check.mayBeDeferred() { parts.again.append(check) } else { parts.alone.append(check) }
            }
            returning(parts.again)
            alone(parts.alone)
        // By themselves only the culprit fails.
        case .broken: alone(checks)
        case .lockedOut: fail(checks, Self.lockedTooLong)
        case .failed: break
        }
    }

    /// Decides checks of one person in a transaction of their own, beside the batches, with what is left of their time.
    func runAlone(_ checks: [PendingCheck]) async {
        var rest = checks
        while true {
            for check in rest where check.isLate { check.finish(Self.lockedTooLong) }
            rest = rest.filter { !$0.isAbandoned }
            guard let remaining = rest.map(\.remaining).min() else { return }
            guard rest.count > 1 else { return await decideAlone(rest[0]) }
            switch await round(rest, lockTimeout: max(remaining, .milliseconds(1))) {
            case .decided(let deferred): rest = deferred
            // The oldest is late by now; the others wait on.
            case .lockedOut: break
            case .broken:
                for check in rest { await decideAlone(check) }
                return
            case .failed: return
            }
        }
    }

    /// - Parameter lockTimeout: how long to wait for people locked elsewhere; nil passes them over.
    private func round(_ checks: [PendingCheck], lockTimeout: Duration? = nil) async -> Round {
        var attempt = 1
        var newKeys = 0
        while true {
            do {
                return .decided(deferred: try await once(checks, lockTimeout: lockTimeout))
            } catch let error as SealingError {
                // A key that was made since; nothing was counted yet.
                do throws(Refusal) {
                    guard let id = error.unknownKeyID, newKeys < Limits.newKeysMax else {
                        throw Refusal(.unavailable, reason: error.description)
                    }
                    newKeys += 1
                    try await store.renewKeys(seeking: id, for: checks[0].caller)
                } catch {
                    fail(checks, error)
                    return .failed
                }
            } catch let error as PostgresError {
                if error.isSerializationFailure, attempt < Limits.batchRunsMax {
                    attempt += 1
                    continue
                }
                if error.isLockTimeout { return .lockedOut }
                if error.isDataFault, checks.count > 1 || error.isUniqueViolation { return .broken }
                store.logger.warning("a batch of checks failed", metadata: ["error": "\(error)"])
                fail(checks, StoreFault.refusal(error, caller: checks[0].caller))
                return .failed
            } catch {
                fail(checks, error as? Refusal ?? Refusal(.unavailable, reason: "\(error)"))
                return .failed
            }
        }
    }

    private func decideAlone(_ check: PendingCheck) async {
        let subject: PersonSubject = check.name.map { .name($0) } ?? .impossibleName
        do throws(Refusal) {
            guard !check.isLate else { throw Self.lockedTooLong }
            let evaluate = check.evaluate
            let refusal: Refusal? = try await store.decideAlone(
                subject, caller: check.caller, remaining: check.remaining
            ) { personCase throws(Refusal) in
                if let refusal = evaluate(&personCase) { throw refusal }
                return nil
            }
            check.finish(refusal)
        } catch {
            // Whoever holds the lock need not be working on the same request.
            check.finish(error.code == .inProgress ? Self.lockedTooLong : error)
        }
    }

    private static let lockedTooLong = Refusal(.unavailable, reason: "the person was locked elsewhere too long")

    private func fail(_ checks: [PendingCheck], _ refusal: Refusal) {
        for check in checks { check.finish(refusal) }
    }

    /// - Returns: checks whose person is locked by another transaction.
    private func once(_ checks: [PendingCheck], lockTimeout: Duration?) async throws -> [PendingCheck] {
        let names = Array(Set(checks.compactMap(\.name?.text))).sorted()
        let transactionID = Mutex<String?>(nil)
        let keyring = store.keys.present
        let reader = CheckBatchRead(
            names: names,
            marks: checks.compactMap { check in
                check.caller.idempotency.map { (check.caller.account, $0) }
            },
            lockTimeout: lockTimeout)
        // The server gives up on a lock before the driver gives up on the connection.
        let deadline = lockTimeout.map { $0 + Limits.lockTimeoutLead } ?? Limits.checkDeadline
        do {
            let outcome = try await store.client.withTransaction(deadline: deadline) { transaction in
                let sent = WallClock.now()
                let results = try await transaction.batch(reader.statements)
                var found = try reader.found(in: results, keyring: keyring)
                transactionID.withLock { $0 = found.transactionID }
                guard store.clock.judge(database: found.now, sent: sent, received: WallClock.now()) else {
                    throw Refusal(.unavailable, reason: "database and host clocks are more than 2 s apart")
                }
                found.policy = try await store.policies.policy(found.policyVersion, in: transaction)
                let decided = try decide(checks, found, keyring)
                if !decided.changes.single.isEmpty { _ = try await transaction.batch(decided.changes.single) }
                _ = try await transaction.finish(
                    SignInStatements.writeBatch, decided.changes.batchValues(before: found.factorsBefore))
                return decided
            }
            // Only now, after a clean commit, does anybody hear anything.
            DecisionMetrics.count(outcome.changes.settled)
            DecisionMetrics.countAlarms(outcome.changes.events)
            for (check, refusal) in outcome.answers { check.finish(refusal) }
            return outcome.deferred
        } catch let error as PostgresError where error.code == .outcomeUnknown {
            await store.settle(transactionID.withLock { $0 })
            throw error
        }
    }

    private struct Decided {
        var changes: PersonChanges
        var answers: [(PendingCheck, Refusal?)] = []
        var deferred: [PendingCheck] = []
    }

    /// Several checks of one person are decided one after another on the state in memory.
    private func decide(
        _ checks: [PendingCheck], _ found: CheckBatchRead.Found, _ keyring: Keyring
    ) throws -> Decided {
        var decided = Decided(changes: PersonChanges(keyring: keyring, instance: store.instance))
        var cases = found.cases
        var begun: Set<CheckBatchRead.MarkKey> = []
        for check in checks {
            let name = check.name?.text ?? ""
            var personCase = cases[name] ?? PersonCase(user: nil, now: found.now)
            personCase.policy = found.policy
            if personCase.user != nil, !found.locked.contains(name) {
                decided.deferred.append(check)
                continue
            }
            personCase.signIn = check.caller.idempotency.flatMap { found.earlier[.init(check.caller.account, $0)] }
            if let mark = check.caller.idempotency, personCase.signIn == nil,
                !begun.insert(CheckBatchRead.MarkKey(check.caller.account, mark)).inserted
            {
                // The same key twice in one batch: the second one reads what the first one wrote.
                decided.deferred.append(check)
                continue
            }
            let refusal = check.evaluate(&personCase)
            if refusal == nil { try decided.changes.add(personCase, caller: check.caller) }
            decided.answers.append((check, refusal))
            if check.name != nil, refusal == nil { cases[name] = personCase.continued() }
        }
        return decided
    }
}

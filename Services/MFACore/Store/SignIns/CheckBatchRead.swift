// SPDX-License-Identifier: Apache-2.0
import MFADomain
import Postgres
import Primitives

/// The first round trip of a batch of checks.
struct CheckBatchRead {
    /// An account with the hash of its Idempotency-Key.
    struct MarkKey: Hashable {
        let account: String
        let keyHash: [UInt8]

        init(_ account: String, _ mark: IdempotencyMark) {
            self.account = account
            keyHash = mark.keyHash
        }
    }

    struct Found {
        var now = Instant(seconds: 0)
        var transactionID = ""
        /// The version that holds now.
        var policyVersion: Int64 = 0
        var policy = Policy.builtIn
        /// By canonical name; a name that nobody has is not here.
        var cases: [String: PersonCase] = [:]
        var locked: Set<String> = []
        var earlier: [MarkKey: SignIn] = [:]
        var factorsBefore: [FactorID: Factor] = [:]
    }

    let statements: [(Statement, [PostgresValue])]
    private let hasMarks: Bool
    private let waits: Bool

    /// - Parameter lockTimeout: how long to wait for people locked elsewhere; nil passes them over.
    init(names: [String], marks: [(account: String, mark: IdempotencyMark)], lockTimeout: Duration? = nil) {
        let accounts = PostgresValue.texts(marks.map(\.account))
        let keys = PostgresValue.bytesArray(marks.map(\.mark.keyHash))
        // A batch of impossible names alone still has to learn the time and its transaction.
        let names = PostgresValue.texts(names.isEmpty ? [""] : names)
        hasMarks = !marks.isEmpty
        waits = lockTimeout != nil
        var list: [(Statement, [PostgresValue])] = []
        if let lockTimeout { list.append(TransactionStatements.limitingLocks(to: lockTimeout)) }
        list.append((waits ? PersonStatements.lockManyWaiting : PersonStatements.lockMany, [names]))
        list.append((PersonStatements.readMany, [names]))
        if hasMarks {
            list.append((SignInStatements.freeOldKeys, [accounts, keys]))
            list.append((SignInStatements.readByKeys, [accounts, keys]))
        }
        statements = list
    }

    func found(in results: [[Row]], keyring: Keyring) throws -> Found {
        let results = Array(results.dropFirst(waits ? 1 : 0))
        var found = Found()
        var lockedIDs: Set<UserID> = []
        for row in results[0] { lockedIDs.insert(try row.id("id")) }
        let factorRow = FactorRow(keyring: keyring)
        guard let first = results[1].first else { throw PostgresError(.decoding, "the batch read brought no row") }
        found.now = try first.instant("now")
        found.transactionID = try first.text("xid")
        found.policyVersion = try first.integer("policy_version")
        for row in results[1] {
            guard try !row.isNull("user_id") else { continue }
            let name = try row.text("name")
            let id: UserID = try row.id("user_id")
            let isLocked = lockedIDs.contains(id)
            if isLocked { found.locked.insert(name) }
            if found.cases[name] == nil {
                found.cases[name] = PersonCase(user: try UserRow.user(row), now: found.now)
            }
            // Rows of somebody locked elsewhere may be changing: they are not looked at.
            guard isLocked, let factor = try factorRow.factor(row) else { continue }
            found.cases[name]?.factors.append(factor)
            found.factorsBefore[factor.id] = factor
        }
        if hasMarks {
            for row in results[3] {
                let signIn = try SignInRow.signIn(row)
                if let mark = signIn.idempotency { found.earlier[MarkKey(signIn.account, mark)] = signIn }
            }
        }
        return found
    }
}

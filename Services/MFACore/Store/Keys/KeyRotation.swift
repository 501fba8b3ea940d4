// SPDX-License-Identifier: Apache-2.0
import Crypto
package import MFADomain
package import Postgres
package import Primitives

/// A rotation of the data key while people sign in (R82).
///
/// | step | interrupted there | run again |
/// |---|---|---|
/// | a new key, prepared | nothing is under it | it is used |
/// | every running copy knows it; it becomes the current one | new values are under it | goes on here |
/// | every running copy seals with it; then all values are brought under it, page by page | each is under the one or the other | goes on with the rest |
/// | nothing is under the old ones: said in the audit | | finds nothing to do |
///
/// Two at once do the same rotation together.
package struct KeyRotation: Sendable {
    /// What is told while it runs.
    package enum Progress: Sendable, Equatable {
        /// A new key was made, or the one of a rotation that was interrupted is taken.
        case prepared(Int64, isNew: Bool)
        case waiting(copies: [String], toKnow: Int64)
        case current(Int64)
        /// Values brought under the new key so far, and how many there are.
        case resealed(Int, of: Int)
    }

    /// How a rotation ended.
    package struct Summary: Sendable, Equatable {
        package let keyID: Int64
        /// Whether it went on with one that had been interrupted.
        package let isResumed: Bool
        /// Values brought under the key by this run.
        package let resealed: [String: Int]
        /// Values that do not open, by table: they stay as they are, under their old keys.
        package let unreadable: [String: [String]]
        /// Keys that nothing is under any more.
        package let removable: [Int64]
    }

    /// For tests, which cannot wait so long.
    package struct Patience: Sendable {
        /// For running copies to take over a key.
        package var copies: Duration = .seconds(60)
        package var pause: Duration = .milliseconds(250)
        /// Passes over a table in which somebody is always locked elsewhere.
        package var passes = 240

        package init() {}
    }

    let client: PostgresClient
    private let master: MasterKey
    private let caller: Caller
    private let host: String
    private let valuesPerSecond: Int
    private let patience: Patience
    private let random: any RandomSource
    private let tell: @Sendable (Progress) -> Void

    /// - Parameters:
    ///   - host: names this host in the audit.
    ///   - valuesPerSecond: how fast values are sealed anew, at most.
    package init(
        client: PostgresClient, master: MasterKey, caller: Caller, host: String, valuesPerSecond: Int,
        patience: Patience = Patience(), random: any RandomSource, tell: @escaping @Sendable (Progress) -> Void
    ) {
        self.client = client
        self.master = master
        self.caller = caller
        self.host = host
        self.valuesPerSecond = max(1, valuesPerSecond)
        self.patience = patience
        self.random = random
        self.tell = tell
    }

    /// Rotates, or goes on with what was interrupted.
    ///
    /// - Throws: ``KeyError`` `wrongMasterKey`, `damaged`, `copyBehind`; ``PostgresError``. Whatever it throws, running it
    ///   again goes on.
    package func run() async throws -> Summary {
        let begun = try await begin()
        tell(.prepared(begun.keyID, isNew: !begun.isResumed))
        if begun.isPrepared {
            try await waitForCopies(toKnow: begun.keyID) { $0.keyIDs.contains(begun.keyID) }
            try await promote(begun.keyID)
        }
        tell(.current(begun.keyID))
        try await waitForCopies(toKnow: begun.keyID) { $0.sealingKeyID == begun.keyID }
        let work = try await resealAll(begun.keyID)
        let removable = try await conclude(begun.keyID, work)
        return Summary(
            keyID: begun.keyID, isResumed: begun.isResumed, resealed: work.resealed, unreadable: work.unreadable,
            removable: removable)
    }

    // MARK: The keys

    private struct Begun: Sendable {
        let keyID: Int64
        let isPrepared: Bool
        let isResumed: Bool
    }

    /// Makes a new key, unless a rotation is under way.
    private func begin() async throws -> Begun {
        try await client.withTransaction { transaction in
            let (keyring, keys, copies) = try await read(in: transaction)
            try refuseFormerMasters(copies)
            if let prepared = keys.first(where: { $0.state == .prepared }) {
                return Begun(keyID: prepared.id, isPrepared: true, isResumed: true)
            }
            if keys.contains(where: { $0.state == .retiring && $0.used > 0 }) {
                return Begun(keyID: keyring.currentKeyID, isPrepared: false, isResumed: true)
            }
            // The highest key is the current one and is never removed, so no number is ever given twice.
            let id = (keys.map(\.id).max() ?? 0) + 1
            let key = SymmetricKey(data: random.bytes(MasterKey.byteCount))
            let wrapped = try master.wrap(key, id: id, instance: keyring.instance)
            let event = AuditEvent("key.created", outcome: "done", detail: ["key": "\(id)"])
            _ = try await transaction.query(KeyStatements.insertPrepared, [.integer(id), .bytes(wrapped)])
            let (append, values) = AuditStatements.appending([event], caller: caller, instance: host)
            _ = try await transaction.finish(append, values)
            return Begun(keyID: id, isPrepared: true, isResumed: false)
        }
    }

    /// Lets the prepared key seal, if every copy that runs knows it in this very moment.
    private func promote(_ id: Int64) async throws {
        try await client.withTransaction { transaction in
            let (keyring, keys, copies) = try await read(in: transaction)
            // Another run of the same rotation was here first.
            if keyring.currentKeyID == id { return }
            guard keys.contains(where: { $0.id == id && $0.state == .prepared }) else {
                throw KeyError(.copyBehind, "Data key \(id) is not prepared any more; run key rotate again.")
            }
            if let behind = copies.first(where: { !$0.keyIDs.contains(id) }) { throw Self.behind([behind.name], id) }
            let event = AuditEvent(
                "key.current", outcome: "done", detail: ["from": "\(keyring.currentKeyID)", "to": "\(id)"])
            _ = try await transaction.batch([
                (KeyStatements.retireCurrent, []), (KeyStatements.promote, [.integer(id)]),
                AuditStatements.appending([event], caller: caller, instance: host),
            ])
        }
    }

    /// The keys and copies as they stand, under the lock of all changes to them.
    func read(in transaction: Transaction) async throws -> (Keyring, [DataKey], [RunningCopies.Copy]) {
        let rows = try await transaction.batch([
            (KeyStatements.lock, []), (KeyStatements.readKeys, []), (SealedTableStatements.countUses, []),
            (CopyStatements.list, []),
        ])
        let keyring = try PostgresKeyStore.keyring(master, from: rows[1])
        let uses = try SealedTable.uses(rows[2])
        return (keyring, try rows[1].map { try DataKey($0, uses: uses) }, try RunningCopies.copies(rows[3]))
    }

    // MARK: The copies

    private func refuseFormerMasters(_ copies: [RunningCopies.Copy]) throws {
        let names = copies.filter(\.hasFormerMaster).map(\.name)
        guard names.isEmpty else {
            throw KeyError(
                .copyBehind,
                "These copies of mfa-core still run with the former master key and could not open a new data key; restart "
                    + "them with the present one, then run key rotate again: \(names.joined(separator: ", ")).")
        }
    }

    private func waitForCopies(
        toKnow id: Int64, _ knows: @Sendable (RunningCopies.Copy) -> Bool
    ) async throws {
        let end = ContinuousClock.now + patience.copies
        var told: [String] = []
        while true {
            let copies = try await RunningCopies(client: client).list()
            try refuseFormerMasters(copies)
            let behind = copies.filter { !knows($0) }.map(\.name)
            if behind.isEmpty { return }
            if behind != told { tell(.waiting(copies: behind, toKnow: id)) }
            told = behind
            guard .now < end else { throw Self.behind(behind, id) }
            try await Task.sleep(for: patience.pause)
        }
    }

    private static func behind(_ names: [String], _ id: Int64) -> KeyError {
        KeyError(
            .copyBehind,
            "These copies of mfa-core have not taken over data key \(id) in time: \(names.joined(separator: ", ")). Look "
                + "whether they reach the database, or stop them; then run key rotate again, which goes on from here.")
    }

    // MARK: The values

    private struct Work: Sendable {
        var resealed: [String: Int] = [:]
        var unreadable: [String: [String]] = [:]
    }

    private func resealAll(_ id: Int64) async throws -> Work {
        let store = PostgresKeyStore(client: client)
        let keyring = try await store.load(master)
        guard keyring.currentKeyID == id else {
            throw KeyError(.copyBehind, "Another rotation made data key \(keyring.currentKeyID) meanwhile.")
        }
        let retiring = try await store.dataKeys().filter { $0.state == .retiring }
        let total = Int(retiring.map(\.used).reduce(0, +))
        var work = Work()
        var pace = Pace(perSecond: valuesPerSecond)
        tell(.resealed(0, of: total))
        for table in SealedTable.all {
            let resealing = Resealing(
                client: client, table: table, keyring: keyring, retiring: retiring.map(\.id))
            let others = work.resealed.values.reduce(0, +)
            let outcome = try await reseal(resealing, &pace) { tell(.resealed(others + $0, of: total)) }
            if outcome.resealed > 0 { work.resealed[table.name] = outcome.resealed }
            if !outcome.unreadable.isEmpty { work.unreadable[table.name] = outcome.unreadable }
        }
        return work
    }

    /// Passes over one table until nothing is left but what does not open.
    private func reseal(
        _ resealing: Resealing, _ pace: inout Pace, _ tell: (Int) -> Void
    ) async throws -> Resealing.Outcome {
        var all = Resealing.Outcome()
        for _ in 0..<patience.passes {
            var pass = Resealing.Outcome()
            var last: SealedRow?
            while true {
                try Task.checkCancellation()
                let page = try await resealing.page(after: last, limit: pace.perSecond)
                guard let end = page.last else { break }
                last = end
                let outcome = try await resealing.reseal(page)
                pass += outcome
                tell(all.resealed + pass.resealed)
                try await pace.wait(after: outcome.resealed)
            }
            all.resealed += pass.resealed
            all.unreadable = pass.unreadable
            if pass.passedOver == 0 { return all }
            try await Task.sleep(for: patience.pause)
        }
        throw KeyError(
            .copyBehind,
            "Somebody's row in \(resealing.table.name) is locked all the time; run key rotate again, which goes on from "
                + "here.")
    }

    /// Says in the audit what is done, once; the keys that may be removed now.
    private func conclude(_ id: Int64, _ work: Work) async throws -> [Int64] {
        try await client.withTransaction { transaction in
            let (_, keys, _) = try await read(in: transaction)
            let removable = keys.filter(\.isRemovable).map(\.id)
            let emptied = try await transaction.query(KeyStatements.markEmptied, [.integers(removable)])
            let resealed = work.resealed.values.reduce(0, +)
            guard !emptied.isEmpty || resealed > 0 else { return removable }
            let from = keys.filter { $0.state == .retiring }.map { "\($0.id)" }.joined(separator: " ")
            let unreadable = work.unreadable.values.map(\.count).reduce(0, +)
            let event = AuditEvent(
                "key.rotated", outcome: "done",
                detail: ["from": from, "to": "\(id)", "resealed": "\(resealed)", "unreadable": "\(unreadable)"])
            let (append, values) = AuditStatements.appending([event], caller: caller, instance: host)
            _ = try await transaction.finish(append, values)
            return removable
        }
    }
}

/// Holds work back to so many values in a second.
private struct Pace {
    let perSecond: Int
    private var due = ContinuousClock.now

    init(perSecond: Int) {
        self.perSecond = perSecond
    }

    mutating func wait(after values: Int) async throws {
        due = max(due, .now - .seconds(1)) + Duration.seconds(1) * values / perSecond
        if due > .now { try await Task.sleep(until: due, clock: .continuous) }
    }
}

// SPDX-License-Identifier: Apache-2.0
import MFACoreStore
import Postgres
import Primitives

/// What `key list`, `key rotate`, `key remove` and `key rewrap` do.
package enum KeyAdministration {
    /// How fast `key rotate` goes unless it is told otherwise: a hundred thousand values in less than two minutes.
    package static let valuesPerSecond = 1000
    private static let valuesPerSecondMax = 100_000

    private struct ReportedKey: Encodable {
        let id: Int64
        /// `prepared`, `current` or `retiring`.
        let state: String
        let createdAt: Instant
        let currentAt: Instant?
        /// Values under it by table.
        let sealed: [String: Int64]
        let isRemovable: Bool

        init(_ key: DataKey) {
            id = key.id
            state = key.state.rawValue
            createdAt = key.createdAt
            currentAt = key.currentAt
            sealed = key.uses
            isRemovable = key.isRemovable
        }
    }

    private struct ReportedCopy: Encodable {
        let name: String
        let keys: [Int64]
        let sealsWith: Int64
        let hasFormerMaster: Bool
    }

    private struct ReportedStatus: Encodable {
        /// `none`, or `under-way` when `key rotate` would go on with one.
        let rotation: String
        /// Values that are not under the current key.
        let remaining: Int64
        let keys: [ReportedKey]
        let copies: [ReportedCopy]
    }

    private struct ReportedRotation: Encodable {
        let key: Int64
        let isResumed: Bool
        let resealed: [String: Int]
        let removable: [Int64]
    }

    private struct ReportedReplacement: Encodable {
        let newMasterKeyFile: String
        /// `replaced` or `already-replaced`.
        let state: String
    }

    /// Every data key with what is under it; needs no master key.
    package static func list(_ options: CommandOptions) async throws -> CommandReport {
        let keys = try await CommandDatabase.run(options) { try await PostgresKeyStore(client: $0).dataKeys() }
        return try CommandReport(
            table(of: keys), document: ReportedItems(keys.map { ReportedKey($0) }))
    }

    /// How far a rotation is, and which copies run; changes nothing and needs no master key.
    package static func status(_ options: CommandOptions) async throws -> CommandReport {
        let (keys, copies) = try await CommandDatabase.run(options) { client in
            (try await PostgresKeyStore(client: client).dataKeys(), try await RunningCopies(client: client).list())
        }
        let remaining = keys.filter { $0.state == .retiring }.map(\.used).reduce(0, +)
        let isUnderWay = remaining > 0 || keys.contains { $0.state == .prepared }
        var table = TextTable(["COPY", "KEYS", "SEALS WITH", "MASTER KEY"])
        for copy in copies {
            table.add([
                copy.name, copy.keyIDs.map { "\($0)" }.joined(separator: " "), "\(copy.sealingKeyID)",
                copy.hasFormerMaster ? "former" : "present",
            ])
        }
        let sentence =
            isUnderWay
            ? "A rotation is under way, \(remaining) values to go; key rotate goes on with it.\n"
            : "No rotation is under way.\n"
        return try CommandReport(
            sentence + "\n" + self.table(of: keys) + "\n" + table.text(empty: "No copy of mfa-core runs."),
            document: ReportedStatus(
                rotation: isUnderWay ? "under-way" : "none", remaining: remaining, keys: keys.map { ReportedKey($0) },
                copies: copies.map {
                    ReportedCopy(
                        name: $0.name, keys: $0.keyIDs, sealsWith: $0.sealingKeyID, hasFormerMaster: $0.hasFormerMaster)
                }))
    }

    /// Makes a new data key and brings every sealed value under it, or goes on with what was interrupted.
    ///
    /// - Parameter progress: hears a sentence at each step, and every second in between.
    package static func rotate(
        valuesPerSecond: Int, _ options: CommandOptions, progress: @escaping @Sendable (String) -> Void
    ) async throws -> CommandReport {
        guard (1...valuesPerSecondMax).contains(valuesPerSecond) else {
            throw CommandFault.usage("--values-per-second: expected 1 to \(valuesPerSecondMax).")
        }
        var settings = try CommandSettings(options)
        let (database, file) = (settings.database(), settings.masterKeyFile())
        try settings.requireSound()
        let master = try file.load()
        let teller = RotationTeller(say: progress)
        let summary = try await PostgresClient.withClient(database, logger: CommandDatabase.logger) { client in
            try await KeyRotation(
                client: client, master: master, caller: CommandLineCaller.current, host: CommandLineCaller.host,
                valuesPerSecond: valuesPerSecond, random: SystemRandomSource(), tell: { teller.tell($0) }
            ).run()
        }
        try refuseUnreadable(summary)
        let removable = summary.removable.map { "\($0)" }
        let sentence =
            removable.isEmpty
            ? "" : "Nothing is under \(removable.joined(separator: ", ")) any more; key remove removes it.\n"
        return try CommandReport(
            "Data key \(summary.keyID) seals, and every value is under it.\n" + sentence,
            document: ReportedRotation(
                key: summary.keyID, isResumed: summary.isResumed, resealed: summary.resealed,
                removable: summary.removable))
    }

    /// Puts every data key under another master key, which is made unless the file is there.
    ///
    /// | step | interrupted there | run again |
    /// |---|---|---|
    /// | the file, whole or not at all | no row in the database refers to it | it is used |
    /// | one transaction with everything else | nothing of it exists, or all of it | it is done, or says so |
    ///
    /// - Parameter isPlain: makes a file that nothing seals, though a token is configured.
    package static func rewrap(
        newMasterKeyFile path: String, isPlain: Bool = false, _ options: CommandOptions
    ) async throws -> CommandReport {
        var settings = try CommandSettings(options)
        let (database, file) = (settings.database(), settings.masterKeyFile())
        try settings.requireSound()
        guard path != file.path else {
            throw CommandFault.usage("--new-master: give another file than keys.masterKeyFile (“\(path)”).")
        }
        let former = try file.load()
        let other = file.other(path)
        let replacement = try await PostgresClient.withClient(database, logger: CommandDatabase.logger) { client in
            let store = PostgresKeyStore(client: client)
            // No file is made for a database that the former key does not open.
            if try other.loadIfPresent() == nil { _ = try await store.load(former) }
            let new = try other.loadOrCreate(random: SystemRandomSource(), isPlain: isPlain)
            return try await store.rewrap(
                from: former, to: new.key, caller: CommandLineCaller.current, host: CommandLineCaller.host)
        }
        let sentence = replacement == .done ? "Every data key is now" : "Every data key was already"
        return try CommandReport(
            """
            \(sentence) wrapped under the master key in \(path).
            On every host of mfa-core: put it in the place of \(file.path) (mode 0400), then restart mfa-core.
            Keep the former file with the backups that were made before: they open with it and with nothing else.

            """,
            document: ReportedReplacement(
                newMasterKeyFile: path, state: replacement == .done ? "replaced" : "already-replaced"))
    }

    /// Removes a data key that nothing is under.
    package static func remove(_ id: Int64, _ options: CommandOptions) async throws -> CommandReport {
        try await CommandDatabase.run(options) { client in
            try await PostgresKeyStore(client: client).remove(
                id, caller: CommandLineCaller.current, host: CommandLineCaller.host)
        }
        return try CommandReport("Removed data key \(id).\n", document: ReportedAct(name: "\(id)", state: "removed"))
    }

    private static func table(of keys: [DataKey]) -> String {
        var table = TextTable(["KEY", "STATE", "CREATED", "SEALED VALUES"])
        for key in keys {
            let uses = key.uses.sorted { $0.key < $1.key }.map { "\($0.value) in \($0.key)" }
            table.add([
                "\(key.id)", key.isRemovable ? "retiring, removable" : key.state.rawValue, key.createdAt.description,
                uses.isEmpty ? "none" : uses.joined(separator: ", "),
            ])
        }
        return table.text(empty: "This database is not activated yet.")
    }

    /// What does not open was not touched; somebody has to look at it.
    private static func refuseUnreadable(_ summary: KeyRotation.Summary) throws {
        let shown = 5
        let rows = summary.unreadable.sorted { $0.key < $1.key }.flatMap { table in
            table.value.map { "\(table.key) \($0)" }
        }
        guard rows.isEmpty else {
            throw CommandFault.refused(
                "Data key \(summary.keyID) seals, but \(rows.count) sealed value\(rows.count == 1 ? " does" : "s do") not "
                    + "open and stays as it is: \(rows.prefix(shown).joined(separator: ", "))"
                    + "\(rows.count > shown ? ", …" : ""). Remove those factors, or restore their rows; then run key rotate "
                    + "again.")
        }
    }
}

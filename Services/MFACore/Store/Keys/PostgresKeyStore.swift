// SPDX-License-Identifier: Apache-2.0
import Crypto
package import MFADomain
package import Postgres
package import Primitives

/// The keys in the database: made once by ``activate(_:authority:caller:instance:random:)``, opened at every start.
package struct PostgresKeyStore: Sendable {
    /// What an activation found.
    package enum Activation: Sendable, Equatable {
        case done(InstanceID)
        /// Somebody did it before, with the same master key.
        case already(InstanceID)
    }

    /// A second activation waits for the first; nothing in it takes longer than this.
    private static let activationDeadline: Duration = .seconds(30)

    let client: PostgresClient

    package init(client: PostgresClient) {
        self.client = client
    }

    /// Which installation this database holds; nil before the activation.
    package func instanceID() async throws(PostgresError) -> InstanceID? {
        try await client.query(KeyStatements.readInstance).first?.id("instance_id")
    }

    /// Opens the data keys with the master key of a file; throws what ``MasterKeyFile/load()`` and ``load(_:)`` throw.
    package func keyring(masterKeyFile path: String) async throws -> Keyring {
        try await load(try MasterKeyFile(path: path).load())
    }

    /// Opens the data keys.
    ///
    /// - Throws: ``KeyError`` `notActivated`, `wrongMasterKey` or `damaged`; ``PostgresError``.
    package func load(_ master: MasterKey) async throws -> Keyring {
        try Self.keyring(master, from: try await client.query(KeyStatements.readKeys))
    }

    /// Opens the data keys of ``KeyStatements/readKeys``.
    static func keyring(_ master: MasterKey, from rows: [Row]) throws -> Keyring {
        guard let first = rows.first else { throw notActivated }
        let instance = try verified(first, master)
        guard try !first.isNull("id") else { throw KeyError(.damaged, "The database holds no data key.") }
        var keys: [Int64: Keyring.DataKey] = [:]
        var current: Int64?
        for row in rows {
            let key = try DataKey(row)
            let wrapped = try row.bytes("wrapped")
            keys[key.id] = Keyring.DataKey(
                key: try master.unwrap(wrapped, id: key.id, instance: instance), wrapped: wrapped)
            if key.state == .current { current = key.id }
        }
        guard let current else { throw KeyError(.damaged, "None of the data keys in the database seals.") }
        var lasting: [Keyring.Purpose: SymmetricKey] = [:]
        for purpose in Keyring.Purpose.lasting {
            guard let wrapped = try first.optionalBytes(purpose.column) else { continue }
            lasting[purpose] = try master.unwrap(wrapped, for: purpose, instance: instance)
        }
        return Keyring(
            master: master, instance: instance, dataKeys: keys, current: current, lasting: lasting)
    }

    static let notActivated = KeyError(
        .notActivated, "This database is not activated yet; run mfa-core activate first.")

    /// Reads the keys again for a process that runs.
    ///
    /// What it has opened stays open as long as the key is there; one that does not open leaves the others as they are.
    func reread(_ before: Keyring) async throws(PostgresError) -> Reread {
        let rows = try await client.query(KeyStatements.readKeys)
        // A database that says nothing about keys, such as one that is being restored, changes nothing.
        guard let first = rows.first, try !first.isNull("id") else {
            return Reread(keyring: before, unopened: [], hasFormerMaster: false)
        }
        let check = before.master.checkValue(for: before.instance)
        var keys: [Int64: Keyring.DataKey] = [:]
        var (current, unopened) = (before.currentKeyID, [Int64]())
        for row in rows {
            let (key, wrapped) = (try DataKey(row), try row.bytes("wrapped"))
            if let known = before.dataKeys[key.id], known.wrapped == wrapped {
                keys[key.id] = known
            } else if let opened = try? before.master.unwrap(wrapped, id: key.id, instance: before.instance) {
                keys[key.id] = Keyring.DataKey(key: opened, wrapped: wrapped)
            } else if let known = before.dataKeys[key.id] {
                // Wrapped anew by another master key: the data key is the same.
                keys[key.id] = known
            } else {
                unopened.append(key.id)
            }
            if key.state == .current, keys[key.id] != nil { current = key.id }
        }
        return Reread(
            keyring: before.turned(to: keys, current: current), unopened: unopened,
            hasFormerMaster: !ConstantTime.equal(try first.bytes("key_check"), check))
    }

    /// Every data key, in order, with what is under it; needs no master key.
    package func dataKeys() async throws -> [DataKey] {
        let uses = try SealedTable.uses(try await client.query(SealedTableStatements.countUses))
        return try await client.query(KeyStatements.readKeys).compactMap { row in
            try row.isNull("id") ? nil : try DataKey(row, uses: uses)
        }
    }

    /// Writes instance id, key check value, the first data key and the certificate authority, all or nothing.
    ///
    /// - Parameters:
    ///   - authority: written if this activation is the one that does it.
    ///   - instance: names this host in the audit.
    /// - Throws: ``KeyError`` `wrongMasterKey` when the database was activated with another master key.
    package func activate(
        _ master: MasterKey, authority: AuthorityMaterial, caller: Caller, instance host: String,
        random: any RandomSource
    ) async throws -> Activation {
        try await client.withTransaction(deadline: Self.activationDeadline) { transaction in
            _ = try await transaction.batch([
                (KeyStatements.waitForActivation, []), (KeyStatements.lockActivation, []),
            ])
            if let row = try await transaction.query(KeyStatements.readInstance).first {
                return .already(try Self.verified(row, master))
            }
            let instance: InstanceID = random.identifier()
            let dataKey = SymmetricKey(data: random.bytes(MasterKey.byteCount))
            let firstID: Int64 = 1
            let wrapped = try master.wrap(dataKey, id: firstID, instance: instance)
            let keyring = Keyring(
                master: master, instance: instance,
                dataKeys: [firstID: Keyring.DataKey(key: dataKey, wrapped: wrapped)], current: firstID)
            let sealed = try keyring.seal(authority.privateKey, at: AuthorityMaterial.place(in: instance))
            let event = AuditEvent("instance.activated", outcome: "done", detail: ["instance": instance.description])
            _ = try await transaction.batch([
                (
                    KeyStatements.insertInstance,
                    [.id(instance), .bytes(master.checkValue(for: instance))]
                ),
                (KeyStatements.insertFirst, [.integer(firstID), .bytes(wrapped)]),
                (
                    CertificateStatements.insertAuthority,
                    [.bytes(authority.certificate), .bytes(sealed.bytes), .integer(sealed.keyID)]
                ),
                AuditStatements.appending([event], caller: caller, instance: host),
            ])
            return .done(instance)
        }
    }

    /// Removes a data key that nothing is under and no running copy seals with.
    ///
    /// - Throws: ``KeyError`` `unknown`, `inUse`; ``PostgresError``.
    package func remove(_ id: Int64, caller: Caller, host: String) async throws {
        do {
            try await client.withTransaction { transaction in
                let rows = try await transaction.batch([
                    (KeyStatements.lock, []), (KeyStatements.readKeys, []), (SealedTableStatements.countUses, []),
                    (CopyStatements.list, []),
                ])
                let uses = try SealedTable.uses(rows[2])
                let keys = try rows[1].compactMap { try $0.isNull("id") ? nil : try DataKey($0, uses: uses) }
                guard let key = keys.first(where: { $0.id == id }) else {
                    throw KeyError(.unknown, "There is no data key \(id); key list shows those there are.")
                }
                try Self.requireRemovable(key, try RunningCopies.copies(rows[3]))
                let event = AuditEvent("key.removed", outcome: "done", detail: ["key": "\(id)"])
                _ = try await transaction.query(KeyStatements.remove, [.integer(id)])
                let (append, values) = AuditStatements.appending([event], caller: caller, instance: host)
                _ = try await transaction.finish(append, values)
            }
        } catch let error as PostgresError where error.sqlState == "23503" {
            // Somebody sealed with it between the count and the removal.
            throw KeyError(
                .inUse, "Something was sealed under data key \(id) just now; run key rotate, then try again.")
        }
    }

    private static func requireRemovable(_ key: DataKey, _ copies: [RunningCopies.Copy]) throws(KeyError) {
        switch key.state {
        case .current: throw KeyError(.inUse, "Data key \(key.id) is the current one; key rotate makes another.")
        case .prepared:
            throw KeyError(.inUse, "A rotation to data key \(key.id) is under way; key rotate goes on with it.")
        case .retiring: break
        }
        if key.used > 0 {
            throw KeyError(
                .inUse,
                "\(key.used) value\(key.used == 1 ? " is" : "s are") still under data key \(key.id); run key rotate first."
            )
        }
        let names = copies.filter { $0.sealingKeyID == key.id }.map(\.name)
        guard names.isEmpty else {
            throw KeyError(
                .inUse, "These copies of mfa-core still seal with data key \(key.id): \(names.joined(separator: ", "))."
            )
        }
    }

    /// Whether the database's keys are under this master key.
    static func isMaster(_ master: MasterKey, of row: Row) -> Bool {
        guard let instance: InstanceID = try? row.id("instance_id"), let check = try? row.bytes("key_check") else {
            return false
        }
        return ConstantTime.equal(check, master.checkValue(for: instance))
    }

    static func verified(_ row: Row, _ master: MasterKey) throws -> InstanceID {
        let instance: InstanceID = try row.id("instance_id")
        let check = master.checkValue(for: instance)
        guard ConstantTime.equal(try row.bytes("key_check"), check) else {
            if try row.bytesArray("former_key_checks").contains(where: { ConstantTime.equal($0, check) }) {
                let replaced = try row.optionalInstant("key_replaced_at")?.description ?? "some time"
                throw KeyError(
                    .wrongMasterKey,
                    "This master key was replaced at \(replaced) (instance \(instance)); put the file that key rewrap wrote "
                        + "in its place.")
            }
            throw KeyError(
                .wrongMasterKey,
                "The master key is not the one this database was activated with (instance \(instance)); "
                    + "copy the master key file of that activation to here.")
        }
        return instance
    }
}

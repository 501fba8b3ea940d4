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

    private let client: PostgresClient

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
        guard let row = try await client.query(KeyStatements.readInstance).first else {
            throw KeyError(.notActivated, "This database is not activated yet; run mfa-core activate first.")
        }
        let instance = try Self.verified(row, master)
        var keys: [Int64: SymmetricKey] = [:]
        for row in try await client.query(KeyStatements.listDataKeys) {
            let id = try row.integer("id")
            keys[id] = try master.unwrap(try row.bytes("wrapped"), id: id, instance: instance)
        }
        guard !keys.isEmpty else { throw KeyError(.damaged, "The database holds no data key.") }
        return Keyring(master: master.key, dataKeys: keys)
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
            let keyring = Keyring(master: master.key, dataKeys: [firstID: dataKey])
            let sealed = try keyring.seal(authority.privateKey, at: AuthorityMaterial.place(in: instance))
            let event = AuditEvent("instance.activated", outcome: "done", detail: ["instance": instance.description])
            _ = try await transaction.batch([
                (
                    KeyStatements.insertInstance,
                    [.id(instance), .bytes(master.checkValue(for: instance))]
                ),
                (
                    KeyStatements.insertDataKey,
                    [.integer(firstID), .bytes(try master.wrap(dataKey, id: firstID, instance: instance))]
                ),
                (
                    CertificateStatements.insertAuthority,
                    [.bytes(authority.certificate), .bytes(sealed.bytes), .integer(sealed.keyID)]
                ),
                AuditStatements.appending([event], caller: caller, instance: host),
            ])
            return .done(instance)
        }
    }

    private static func verified(_ row: Row, _ master: MasterKey) throws -> InstanceID {
        let instance: InstanceID = try row.id("instance_id")
        guard ConstantTime.equal(try row.bytes("key_check"), master.checkValue(for: instance)) else {
            throw KeyError(
                .wrongMasterKey,
                "The master key is not the one this database was activated with (instance \(instance)); "
                    + "copy the master key file of that activation to here.")
        }
        return instance
    }
}

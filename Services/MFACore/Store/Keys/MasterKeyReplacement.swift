// SPDX-License-Identifier: Apache-2.0
import Crypto
package import MFADomain
import Postgres
import Primitives

/// Another master key over the same data keys.
///
/// One transaction wraps every data key anew, and replaces the check value that tells a wrong master key; what was derived
/// from the first master key is kept, wrapped too, since digests and passwords were made with it. Nothing that is sealed
/// changes. Copies that run go on with what they have opened; one that starts needs the new key.
extension PostgresKeyStore {
    /// What a replacement found.
    package enum Replacement: Sendable, Equatable {
        case done
        /// The keys are under the new master key already: an earlier run did it.
        case already
    }

    /// - Parameter host: names this host in the audit.
    /// - Throws: ``KeyError`` `wrongMasterKey` when neither key is the database's, or both are the same; ``PostgresError``.
    ///   Whatever it throws, either all of it is done or nothing, and running it again tells which.
    package func rewrap(
        from former: MasterKey, to new: MasterKey, caller: Caller, host: String
    ) async throws -> Replacement {
        try await client.withTransaction { transaction in
            let rows = try await transaction.batch([(KeyStatements.lock, []), (KeyStatements.readKeys, [])])[1]
            guard let first = rows.first else { throw Self.notActivated }
            if Self.isMaster(new, of: first) {
                guard !Self.isMaster(former, of: first) else {
                    throw KeyError(
                        .wrongMasterKey, "The new master key is the one that is in use already; give another file.")
                }
                _ = try Self.keyring(new, from: rows)
                return .already
            }
            let keyring = try Self.keyring(former, from: rows)
            _ = try await transaction.batch(try Self.writing(keyring, under: new))
            try Self.requireSame(
                keyring, try Self.keyring(new, from: try await transaction.query(KeyStatements.readKeys)))
            let event = AuditEvent(
                "master_key.replaced", outcome: "done", detail: ["keys": "\(keyring.keyIDs.count)"])
            let (append, values) = AuditStatements.appending([event], caller: caller, instance: host)
            _ = try await transaction.finish(append, values)
            return .done
        }
    }

    private static func writing(
        _ keyring: Keyring, under new: MasterKey
    ) throws -> [(Statement, [PostgresValue])] {
        let instance = keyring.instance
        let keys = try keyring.keyIDs.map { id in
            try keyring.dataKey(id).map { try new.wrap($0, id: id, instance: instance) }
        }
        let derived = try Keyring.Purpose.lasting.map { purpose in
            try new.wrap(keyring.derived(purpose), for: purpose, instance: instance)
        }
        return [
            (
                KeyStatements.rewrap,
                [.integers(keyring.keyIDs), .bytesArray(keys), .integer(keyring.keyIDs.count)]
            ),
            (
                KeyStatements.keepDerived,
                [.texts(Keyring.Purpose.lasting.map(\.column)), .bytesArray(derived)]
            ),
            (KeyStatements.replaceCheck, [.bytes(new.checkValue(for: instance))]),
        ]
    }

    /// Before the commit: what the new master key opens must be what the former one opened.
    private static func requireSame(_ before: Keyring, _ after: Keyring) throws(KeyError) {
        let isSame =
            before.keyIDs == after.keyIDs && before.currentKeyID == after.currentKeyID
            && before.keyIDs.allSatisfy { before.dataKey($0) == after.dataKey($0) }
            && Keyring.Purpose.lasting.allSatisfy { before.derived($0) == after.derived($0) }
        guard isSame else {
            throw KeyError(.damaged, "The keys wrapped anew are not those that there were; nothing was changed.")
        }
    }
}

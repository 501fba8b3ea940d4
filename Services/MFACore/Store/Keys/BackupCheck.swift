// SPDX-License-Identifier: Apache-2.0
package import Postgres
package import Primitives

/// Whether a database, such as a restored dump, can be used with a master key; looks and changes nothing.
package struct BackupCheck: Sendable {
    /// What was found of a database that can be used.
    package struct Report: Sendable, Equatable {
        package let instance: InstanceID
        package let schema: Int64
        package let dataKeys: Int
        /// Values that were opened, by table.
        package let opened: [String: Int]
    }

    private let client: PostgresClient
    private let master: MasterKey

    package init(client: PostgresClient, master: MasterKey) {
        self.client = client
        self.master = master
    }

    /// Opens every data key, and up to `sample` values of each sealed table.
    ///
    /// - Parameter schema: the version that this program needs.
    /// - Throws: ``KeyError``, whose sentence says why the database cannot be used and what to do; ``PostgresError`` when it
    ///   could not be looked at.
    package func run(schema: Int, sample: Int) async throws -> Report {
        let found = try await schemaVersion()
        guard found == Int64(schema) else {
            throw KeyError(
                .otherSchema,
                found < schema
                    ? "The database has schema \(found) and this version needs \(schema); run mfa-core migrate on it, then "
                        + "check again."
                    : "The database has schema \(found), which is newer than this version knows (\(schema)); use the version "
                        + "of mfa-core that made it.")
        }
        let keyring = try await PostgresKeyStore(client: client).load(master)
        var opened: [String: Int] = [:]
        for table in SealedTable.all {
            let (sound, broken) = try await open(table, keyring, sample)
            guard broken.isEmpty else {
                throw KeyError(
                    .damaged,
                    "\(broken.count) of \(sound + broken.count) values looked at in \(table.name) do not open with their data "
                        + "keys, such as \(broken[0]): these rows were changed or are of another database; take another "
                        + "backup.")
            }
            opened[table.name] = sound
        }
        return Report(
            instance: keyring.instance, schema: found, dataKeys: keyring.keyIDs.count, opened: opened)
    }

    private func schemaVersion() async throws -> Int64 {
        do throws(PostgresError) {
            return try await client.query(KeyStatements.schemaVersion).first?.integer("version") ?? 0
        } catch {
            guard ["3F000", "42883"].contains(error.sqlState) else { throw error }
            throw KeyError(
                .otherSchema,
                "The database has no schema of Countersign, or one from before backup-check; run mfa-core migrate on it, then "
                    + "check again.")
        }
    }

    private func open(
        _ table: SealedTable, _ keyring: Keyring, _ sample: Int
    ) async throws(PostgresError) -> (sound: Int, broken: [String]) {
        let looking = Resealing(client: client, table: table, keyring: keyring, retiring: keyring.keyIDs)
        var (sound, broken) = (0, [String]())
        var last: SealedRow?
        while sound + broken.count < sample {
            let page = try await looking.page(after: last, limit: sample - sound - broken.count)
            guard let end = page.last else { break }
            last = end
            for row in page {
                let value = try? keyring.open(row.sealed, keyID: row.keyID, at: table.place(of: row))
                if value == nil { broken.append(row.row) } else { sound += 1 }
            }
        }
        return (sound, broken)
    }
}

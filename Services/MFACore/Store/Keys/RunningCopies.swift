// SPDX-License-Identifier: Apache-2.0
package import Postgres
package import Primitives

/// Which copies of mfa-core run and which keys each has: what a rotation waits for.
package struct RunningCopies: Sendable {
    /// A copy as it told of itself last.
    package struct Copy: Sendable, Equatable {
        /// Host and process.
        package let name: String
        /// Data keys that it opens, in order.
        package let keyIDs: [Int64]
        package let sealingKeyID: Int64
        /// Whether it was started with a master key that is not the present one any more.
        package let hasFormerMaster: Bool
        package let seenAt: Instant

        init(_ row: Row) throws(PostgresError) {
            name = try row.text("name")
            keyIDs = try row.integers("key_ids").sorted()
            sealingKeyID = try row.integer("sealing_key_id")
            hasFormerMaster = try row.boolean("has_former_master")
            seenAt = try row.instant("seen_at")
        }
    }

    private let client: PostgresClient

    package init(client: PostgresClient) {
        self.client = client
    }

    /// Says which keys this copy has. To be repeated while it runs: what has not been heard of for
    /// a quarter of a minute counts as gone.
    package func announce(_ id: CopyID, name: String, keyring: Keyring) async throws(PostgresError) {
        _ = try await client.execute(
            CopyStatements.announce,
            [
                .id(id), .text(name), .bytes(keyring.master.checkValue(for: keyring.instance)),
                .integers(keyring.keyIDs), .integer(keyring.currentKeyID),
            ])
    }

    /// Says that a copy stops, so that nobody waits for it.
    package func leave(_ id: CopyID) async throws(PostgresError) {
        _ = try await client.execute(CopyStatements.leave, [.id(id)], deadline: .seconds(1))
    }

    /// The copies that run.
    package func list() async throws(PostgresError) -> [Copy] {
        try Self.copies(try await client.query(CopyStatements.list))
    }

    static func copies(_ rows: [Row]) throws(PostgresError) -> [Copy] {
        var copies: [Copy] = []
        for row in rows { copies.append(try Copy(row)) }
        return copies
    }
}

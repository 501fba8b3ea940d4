// SPDX-License-Identifier: Apache-2.0
package import Postgres

/// Writes the chain behind the audit's rows, beside all decisions: none of them waits for it, and one that commits late
/// finds its place, since only rows are chained whose transaction is older than every one still open.
///
/// One copy at a time does it, whoever gets the lock of that run. Links are made in the order of (transaction, id), so that
/// two copies, or one after another, write the same chain.
package struct PostgresAuditChain: Sendable {
    private let client: PostgresClient

    package init(client: PostgresClient) {
        self.client = client
    }

    /// What one run did.
    package struct Run: Sendable, Equatable {
        /// How many rows it chained.
        package let chained: Int
        /// Whether there may be more at once.
        package let isFull: Bool
    }

    /// Chains the next batch; nil when another copy is at it.
    package func run() async throws -> Run? {
        try await client.withTransaction(deadline: .seconds(10)) { transaction -> Run? in
            guard try await transaction.query(AuditChainStatements.lock).first?.boolean("locked") == true else {
                return nil
            }
            // A statement of its own, whose snapshot is younger than the lock.
            guard let head = try await transaction.query(AuditChainStatements.head).first else { return nil }
            let seq = try head.optionalInteger("seq") ?? 0
            let rows =
                try head.optionalBoolean("is_foreign") == true
                ? try await transaction.query(AuditChainStatements.unchainedAfterMove)
                : try await transaction.query(
                    AuditChainStatements.unchained,
                    [.text(try head.optionalText("xid") ?? "0"), .integer(try head.optionalInteger("audit_id") ?? 0)])
            guard !rows.isEmpty else { return Run(chained: 0, isFull: false) }
            let hash = try head.optionalBytes("hash") ?? AuditChain.start
            _ = try await transaction.finish(
                AuditChainStatements.link, try Self.links(of: rows, after: seq, hash: hash))
            return Run(chained: rows.count, isFull: rows.count == AuditChainStatements.batchMax)
        }
    }

    /// What waits, in whole seconds; 0 when nothing does.
    package struct Backlog: Sendable, Equatable {
        /// How long the oldest row waits that the chain lacks.
        package let unchained: Int64
        /// How long the oldest row in the chain waits that no checkpoint covers; 0 while nobody has ever signed.
        package let unsigned: Int64

        package init(unchained: Int64, unsigned: Int64) {
            self.unchained = unchained
            self.unsigned = unsigned
        }
    }

    /// What waits for its link, and what for the signer.
    package func backlog() async throws(PostgresError) -> Backlog {
        let row = try await client.query(AuditChainStatements.backlog).first
        return Backlog(
            unchained: max(0, try row?.optionalInteger("unchained") ?? 0),
            unsigned: max(0, try row?.optionalInteger("unsigned") ?? 0))
    }

    private static func links(
        of rows: [Row], after seq: Int64, hash: [UInt8]
    ) throws(PostgresError) -> [PostgresValue] {
        var hash = hash
        var (ids, xids, times, hashes): ([Int64?], [String?], [String?], [[UInt8]?]) = ([], [], [], [])
        var canonical: [UInt8] = []
        for (offset, row) in rows.enumerated() {
            canonical.removeAll(keepingCapacity: true)
            CanonicalAuditRow.append(row, from: 0, seq: seq + Int64(offset) + 1, to: &canonical)
            hash = AuditChain.hash(after: hash, row: canonical)
            ids.append(try row.integer("id"))
            xids.append(try row.text("xid"))
            times.append(try row.text("at"))
            hashes.append(hash)
        }
        return [.integer(seq), .integers(ids), .texts(xids), .texts(times), .bytesArray(hashes)]
    }
}

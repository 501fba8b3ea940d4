// SPDX-License-Identifier: Apache-2.0
import MFADomain
package import Postgres
package import Primitives

/// Writes rows, links and checkpoints one after another, as they stand: whether they fit is for ``AuditFile`` to say, and
/// for whoever holds the file.
package struct PostgresAuditExport: Sendable {
    /// What was written.
    package struct Outcome: Sendable {
        /// The link behind which the file begins.
        package let after: Int64
        /// The number of the last link, and its hash.
        package let links: Int64
        package let hash: [UInt8]
        package let checkpoints: Int64
    }

    /// A page is much more than the hot path's statements.
    private static let deadline: Duration = .seconds(60)
    /// Bytes that are written at once.
    private static let blockBytes = 65_536

    private let client: PostgresClient

    package init(client: PostgresClient) {
        self.client = client
    }

    /// Writes every link that there is now.
    ///
    /// - Parameters:
    ///   - given: the link behind which it begins; 0 for all of the chain that retention has left.
    ///   - write: takes whole lines, some of them at a time.
    ///   - report: hears after each page up to which link it is, and of how many.
    /// - Throws: ``Refusal`` `notFound` when there is no link `start`.
    package func export(
        after given: Int64 = 0, at now: Instant, to write: ([UInt8]) throws -> Void,
        report: (Int64, Int64) -> Void = { _, _ in }
    ) async throws -> Outcome {
        // In this order: what is signed is chained already, and what is chained later is not asked for.
        let signed = try await client.query(AuditCheckpointStatements.last).first?.integer("seq") ?? 0
        let last = try await client.query(AuditChainStatements.head).first?.optionalInteger("seq") ?? 0
        let cut = try await PostgresCheckpoints.cut(of: client)
        let start = given == 0 ? cut?.seq ?? 0 : given
        var (seq, hash) = (start, try await self.hash(of: start, cut: cut, last: last))
        var checkpoints = Checkpoints(client: client, after: start - 1, last: signed)
        var block: [UInt8] = []
        try AuditExportLine.head(
            .init(after: start, exportedAt: now, format: AuditExportLine.format, hash: Hex.encode(hash))
        ).append(to: &block)
        try await checkpoints.append(upTo: start, to: &block)
        // A chain has no link before the first, unless somebody put one in.
        var page = try await links(after: start == 0 ? .min : start)
        while let end = page.last {
            for row in page {
                let link = try PostgresAuditVerifier.link(row)
                guard link.seq <= last else { break }
                (seq, hash) = (link.seq, link.hash)
                try AuditExportLine.link(link, isOwn: true).append(to: &block)
                if checkpoints.mayHave(upTo: seq) { try await checkpoints.append(upTo: seq, to: &block) }
                if block.count >= Self.blockBytes {
                    try write(block)
                    block.removeAll(keepingCapacity: true)
                }
            }
            report(seq, last)
            let read = try end.integer("link_seq")
            page = try await read < last ? links(after: read) : []
        }
        try await checkpoints.append(upTo: .max, to: &block)
        try AuditExportLine.end(.init(checkpoints: checkpoints.written, hash: Hex.encode(hash), links: seq))
            .append(to: &block)
        try write(block)
        return Outcome(after: start, links: seq, hash: hash, checkpoints: checkpoints.written)
    }

    private func hash(of seq: Int64, cut: AuditCut?, last: Int64) async throws -> [UInt8] {
        if let cut, seq <= cut.seq {
            if seq == cut.seq { return cut.hash }
            throw Refusal(
                .notFound,
                detail: "The chain begins behind link \(cut.seq) since retention cut its head off; give no --after, "
                    + "and look for what was before in an earlier export.",
                reason: "cut off")
        }
        if seq == 0 { return AuditChain.start }
        guard let row = try await client.query(AuditCheckpointStatements.hashes, [.integers([seq])]).first else {
            throw Refusal(
                .notFound, detail: "There is no link \(seq): the chain ends with link \(last).",
                reason: "no such link")
        }
        return try row.bytes("hash")
    }

    private func links(after seq: Int64) async throws(PostgresError) -> [Row] {
        try await client.query(AuditChainStatements.linksAfter, [.integer(seq)], deadline: Self.deadline)
    }

    /// The checkpoints in their order, some of them in memory at a time.
    private struct Checkpoints {
        let client: PostgresClient
        /// Those signed later are of links that are not written.
        let last: Int64
        private(set) var written: Int64 = 0
        private var page: ArraySlice<AuditCheckpoint> = []
        private var read: Int64
        private var isOver = false

        init(client: PostgresClient, after seq: Int64, last: Int64) {
            self.client = client
            self.last = last
            read = seq
        }

        /// Whether one of the next is of a link up to `seq`, as far as that is known.
        func mayHave(upTo seq: Int64) -> Bool { page.first.map { $0.seq <= seq } ?? !isOver }

        /// Appends those of links up to `seq`.
        mutating func append(upTo seq: Int64, to block: inout [UInt8]) async throws {
            while true {
                if page.isEmpty, !isOver {
                    let rows = try await client.query(AuditCheckpointStatements.after, [.integer(read)])
                    page = ArraySlice(try rows.map { try PostgresCheckpoints.checkpoint($0) })
                    read = page.last?.seq ?? read
                    isOver = page.isEmpty
                }
                guard let next = page.first, next.seq <= min(seq, last) else { return }
                try AuditExportLine.checkpoint(next).append(to: &block)
                page.removeFirst()
                written += 1
            }
        }
    }
}

// SPDX-License-Identifier: Apache-2.0
package import Postgres

/// Compares every row of the audit with the chain, page by page: along the links, and then along the rows for one that
/// has none.
package struct PostgresAuditVerifier: Sendable {
    /// How long a row may wait for its link; the chain is written every second.
    package static let graceSeconds: Int64 = 60

    /// How far a walk is.
    package struct Progress: Sendable {
        package let linksChecked: Int64
        package let linksInAll: Int64
        package let rowsChecked: Int64
    }

    /// What was found.
    package struct Verdict: Sendable {
        /// Where retention cut off the head, if it did. Whether it was the signer that did is not looked at here.
        package var cut: AuditCut?
        /// The last link that holds, which is the number of those that do and of those that were cut off, and its hash.
        package var links: Int64 = 0
        package var hash = AuditChain.start
        /// Rows that were looked at for their links, and those of them that still wait for one.
        package var rows: Int64 = 0
        package var waiting: Int64 = 0
        /// The first thing that is wrong.
        package var fault: AuditFault?
    }

    /// A page is much more than the hot path's statements.
    private static let deadline: Duration = .seconds(60)

    private let client: PostgresClient

    package init(client: PostgresClient) {
        self.client = client
    }

    /// Walks to the end or to the first fault; `report` hears after each page.
    package func verify(_ report: (Progress) -> Void = { _ in }) async throws -> Verdict {
        var cut = try await self.cut()
        while true {
            let verdict = try await verify(behind: cut, report)
            if verdict.fault == nil { return verdict }
            // What was cut off while it was read is not missing.
            let present = try await self.cut()
            if present == cut { return verdict }
            cut = present
        }
    }

    private func cut() async throws(PostgresError) -> AuditCut? {
        try await PostgresCheckpoints.cut(of: client)
    }

    private func verify(behind cut: AuditCut?, _ report: (Progress) -> Void) async throws -> Verdict {
        let head = try await client.query(AuditChainStatements.head).first
        let last = (
            seq: try head?.optionalInteger("seq") ?? 0, xid: try head?.optionalText("xid") ?? "0",
            row: try head?.optionalInteger("audit_id") ?? 0
        )
        var verdict = Verdict()
        verdict.cut = cut
        let start = cut.map { AuditWalk(after: $0.seq, hash: $0.hash) } ?? AuditWalk()
        try await walkLinks(&verdict, from: start) { checked in
            report(Progress(linksChecked: checked, linksInAll: last.seq, rowsChecked: 0))
        }
        if verdict.fault == nil, verdict.links < last.seq {
            verdict.fault = AuditFault(
                .cut, seq: last.seq, row: last.row,
                "The chain lost its end while it was read, from link \(verdict.links + 1) on.")
        }
        guard verdict.fault == nil else { return verdict }
        let links = verdict.links
        try await walkRows(upTo: (last.xid, last.row), &verdict) { checked in
            report(Progress(linksChecked: links, linksInAll: links, rowsChecked: checked))
        }
        return verdict
    }

    /// Walks along the links alone, from one that is known.
    package func walk(from start: AuditWalk) async throws -> Verdict {
        var verdict = Verdict()
        try await walkLinks(&verdict, from: start) { _ in }
        return verdict
    }

    private func walkLinks(
        _ verdict: inout Verdict, from start: AuditWalk = AuditWalk(), _ report: (Int64) -> Void
    ) async throws {
        var walk = start
        var fault: AuditFault?
        // A chain has no link before the first, unless somebody put one in.
        var page = try await links(after: start.seq == 0 ? .min : start.seq)
        pages: while let last = page.last {
            let (isFull, lastSeq) = (page.count == AuditChainStatements.walkMax, try last.integer("link_seq"))
            // The server reads the next page while this one is hashed.
            async let following = isFull ? links(after: lastSeq) : []
            for row in page {
                fault = walk.take(try Self.link(row))
                if fault != nil { break pages }
            }
            report(walk.seq)
            page = try await following
        }
        if fault == nil { fault = walk.finish() }
        verdict.links = walk.seq
        verdict.hash = walk.hash
        if let found = fault { verdict.fault = try await explained(found) }
    }

    private func links(after seq: Int64) async throws(PostgresError) -> [Row] {
        try await client.query(AuditChainStatements.linksAfter, [.integer(seq)], deadline: Self.deadline)
    }

    /// A row of ``AuditChainStatements/linksAfter``.
    static func link(_ row: Row) throws(PostgresError) -> ChainedRow {
        let seq = try row.integer("link_seq")
        var content: (canonical: [UInt8], xid: UInt64)?
        if let text = try row.optionalText("xid") {
            var canonical: [UInt8] = []
            canonical.reserveCapacity(512)
            CanonicalAuditRow.append(row, from: 0, seq: seq, to: &canonical)
            content = (canonical, UInt64(text) ?? 0)
        }
        return ChainedRow(
            seq: seq, rowID: try row.integer("audit_id"), xid: UInt64(try row.text("link_xid")) ?? 0,
            hash: try row.bytes("hash"), row: content)
    }

    /// A row is found by its id and time: one that has another time now is not gone.
    private func explained(_ fault: AuditFault) async throws(PostgresError) -> AuditFault {
        guard fault.kind == .missing, let row = fault.row,
            let time = try await client.query(AuditChainStatements.rowTime, [.integer(row)]).first?.text("at")
        else { return fault }
        return AuditFault(
            .changed, seq: fault.seq, row: row,
            "The time of row \(row) (link \(fault.seq ?? 0)) was changed, there or in its link; the row says \(time).")
    }

    private func walkRows(
        upTo last: (xid: String, row: Int64), _ verdict: inout Verdict, _ report: (Int64) -> Void
    ) async throws {
        var (id, time): (Int64, String) = (.min, "-infinity")
        while true {
            guard
                let page = try await client.query(
                    AuditChainStatements.rowsAfter,
                    [
                        .integer(id), .text(time), .text(last.xid), .integer(last.row), .integer(Self.graceSeconds),
                        .integer(verdict.cut?.seq ?? 0),
                    ],
                    deadline: Self.deadline
                ).first, let lastID = try page.optionalInteger("last_id")
            else { return }
            verdict.rows += try page.integer("rows")
            verdict.waiting += try page.integer("waiting")
            if let row = try page.optionalInteger("id") {
                verdict.fault = try page.boolean("is_inside") ? Self.inserted(row) : Self.unchained(row)
                return
            }
            report(verdict.rows)
            (id, time) = (lastID, try page.text("last_at"))
        }
    }

    private static func inserted(_ row: Int64) -> AuditFault {
        AuditFault(
            .inserted, seq: nil, row: row,
            "Row \(row) has no link, though later ones have: it was put in afterwards, or its link was taken out.")
    }

    private static func unchained(_ row: Int64) -> AuditFault {
        AuditFault(
            .unchained, seq: nil, row: row,
            "Row \(row) has waited for its link for more than \(graceSeconds) seconds: the end of the chain is cut off, "
                + "or no mfa-core writes it, or a transaction has been open since.")
    }
}

// SPDX-License-Identifier: Apache-2.0

/// A link of the chain with the row that it tells of, from wherever both were read.
package struct ChainedRow: Sendable {
    package let seq: Int64
    package let rowID: Int64
    /// The row's transaction, as the link tells it.
    package let xid: UInt64
    package let hash: [UInt8]
    /// The row's canonical JSON and its own transaction; nil when it is gone.
    package let row: (canonical: [UInt8], xid: UInt64)?

    package init(seq: Int64, rowID: Int64, xid: UInt64, hash: [UInt8], row: (canonical: [UInt8], xid: UInt64)?) {
        self.seq = seq
        self.rowID = rowID
        self.xid = xid
        self.hash = hash
        self.row = row
    }

    fileprivate func stands(before other: ChainedRow) -> Bool { (xid, rowID) < (other.xid, other.rowID) }
}

/// Walks along the chain link by link and stops at the first that does not hold.
package struct AuditWalk: Sendable {
    /// The last link that holds, and its hash.
    package private(set) var seq: Int64
    package private(set) var hash: [UInt8]

    private var last: ChainedRow?
    /// The one that is judged when it is known what follows it.
    private var held: ChainedRow?

    /// Begins behind link `seq`, whose hash is known to be `hash`.
    package init(after seq: Int64 = 0, hash: [UInt8] = AuditChain.start) {
        self.seq = seq
        self.hash = hash
    }

    /// Takes the next link; what is wrong may come one link late, since it takes the one behind to tell what it is.
    package mutating func take(_ link: ChainedRow) -> AuditFault? {
        let fault = held.flatMap { judge($0, next: link) }
        held = link
        return fault
    }

    /// Judges what is left.
    package mutating func finish() -> AuditFault? {
        let fault = held.flatMap { judge($0, next: nil) }
        held = nil
        return fault
    }

    private mutating func judge(_ link: ChainedRow, next: ChainedRow?) -> AuditFault? {
        guard link.seq == seq + 1 else { return gap(before: link) }
        guard let row = link.row else {
            return fault(.missing, link, "Row \(link.rowID) (link \(link.seq)) is missing.")
        }
        let computed = AuditChain.hash(after: hash, row: row.canonical)
        if computed == link.hash, link.xid == row.xid {
            seq = link.seq
            hash = computed
            last = link
            return nil
        }
        if computed == link.hash {
            return fault(.linkChanged, link, "Link \(link.seq) was changed; its row \(link.rowID) is whole.")
        }
        let isBehind = last.map { link.stands(before: $0) } ?? false
        let isAhead = next.map { $0.seq == link.seq + 1 && $0.stands(before: link) } ?? false
        if isBehind || isAhead {
            return fault(.reordered, link, "Row \(link.rowID) stands at link \(link.seq), where another one belongs.")
        }
        if let next, next.seq == link.seq + 1, let nextRow = next.row,
            AuditChain.hash(after: computed, row: nextRow.canonical) == next.hash
        {
            return fault(
                .linkChanged, link, "The hash of link \(link.seq) was changed; its row \(link.rowID) is whole.")
        }
        return fault(
            .changed, link,
            "Row \(link.rowID) (link \(link.seq)) is not what was chained: it was changed, or what stood before it was "
                + "taken out.")
    }

    private func gap(before link: ChainedRow) -> AuditFault {
        let first = seq + 1
        let end = "; keep it as it is, and look for what is missing in a backup or an export."
        if last == nil {
            return fault(
                .headCut, link,
                "The chain begins with link \(link.seq) (row \(link.rowID)) instead of link \(first): its head is cut "
                    + "off\(end)")
        }
        let which = link.seq == first + 1 ? "Link \(first) is" : "Links \(first) to \(link.seq - 1) are"
        return fault(
            .cut, link, "\(which) missing before row \(link.rowID) (link \(link.seq)): the chain is cut\(end)")
    }

    private func fault(_ kind: AuditFault.Kind, _ link: ChainedRow, _ sentence: String) -> AuditFault {
        AuditFault(kind, seq: link.seq, row: link.rowID, sentence)
    }
}

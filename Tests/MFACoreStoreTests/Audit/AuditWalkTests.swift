// SPDX-License-Identifier: Apache-2.0
import MFACoreStore
import Testing

/// R86: the first link that does not hold is named, and what is wrong with it.
struct AuditWalkTests {
    private static func row(_ seq: Int64) -> [UInt8] { Array("row \(seq)".utf8) }

    private static func chain(_ count: Int64) -> [ChainedRow] {
        var hash = AuditChain.start
        return (1...count).map { seq in
            hash = AuditChain.hash(after: hash, row: row(seq))
            return ChainedRow(
                seq: seq, rowID: 100 + seq, xid: UInt64(seq), hash: hash, row: (row(seq), UInt64(seq)))
        }
    }

    private static func changing(
        _ link: ChainedRow, seq: Int64? = nil, row: [UInt8]? = nil, hash: [UInt8]? = nil, xid: UInt64? = nil
    ) -> ChainedRow {
        ChainedRow(
            seq: seq ?? link.seq, rowID: link.rowID, xid: xid ?? link.xid, hash: hash ?? link.hash,
            row: link.row.map { (row ?? $0.canonical, $0.xid) })
    }

    private static func walk(_ links: [ChainedRow], _ walk: AuditWalk = AuditWalk()) -> (AuditFault?, Int64) {
        var walk = walk
        for link in links { if let fault = walk.take(link) { return (fault, walk.seq) } }
        return (walk.finish(), walk.seq)
    }

    @Test func `a whole chain holds, from its start or from a link that is known`() {
        let links = Self.chain(5)
        for (part, walk) in [(links, AuditWalk()), (Array(links[3...]), AuditWalk(after: 3, hash: links[2].hash))] {
            let (fault, held) = Self.walk(part, walk)
            #expect(fault == nil && held == 5)
        }
        #expect(Self.walk([]).1 == 0)
    }

    @Test(arguments: [0, 2, 4])
    func `a changed row is named, wherever it stands`(index: Int) {
        var links = Self.chain(5)
        links[index] = Self.changing(links[index], row: Array("bent".utf8))
        let (fault, held) = Self.walk(links)
        #expect(fault?.kind == .changed && fault?.row == links[index].rowID && held == Int64(index))
    }

    @Test func `a changed hash is told from a changed row by what follows`() {
        var links = Self.chain(5)
        links[2] = Self.changing(links[2], hash: AuditChain.start)
        #expect(Self.walk(links).0?.kind == .linkChanged)
        links = Self.chain(5)
        links[2] = Self.changing(links[2], xid: 2)
        #expect(Self.walk(links).0?.kind == .linkChanged)
    }

    @Test func `links that are missing at the head or between others are a cut`() {
        let links = Self.chain(6)
        #expect(Self.walk(Array(links[1...])).0?.kind == .headCut)
        let (fault, held) = Self.walk([links[0], links[1], links[4], links[5]])
        #expect(fault?.kind == .cut && fault?.row == 105 && held == 2)
        #expect(fault?.sentence.contains("Links 3 to 4 are missing") == true)
    }

    @Test func `a row that is gone is named`() {
        var links = Self.chain(3)
        links[1] = ChainedRow(seq: 2, rowID: 102, xid: 2, hash: links[1].hash, row: nil)
        #expect(Self.walk(links).0?.kind == .missing)
    }

    // However the numbers are made to fit, the hashes do not.
    @Test func `rows that are taken out are noticed though the links behind are numbered anew`() {
        let links = Self.chain(5)
        let closed = [links[0], links[1]] + links[3...].map { Self.changing($0, seq: $0.seq - 1) }
        let (fault, held) = Self.walk(closed)
        #expect(fault?.kind == .changed && fault?.row == 104 && held == 2)
    }

    @Test func `two rows that changed places are named as such`() {
        var links = Self.chain(5)
        (links[1], links[3]) = (Self.changing(links[3], seq: 2), Self.changing(links[1], seq: 4))
        let (fault, held) = Self.walk(links)
        #expect(fault?.kind == .reordered && fault?.row == 104 && held == 1)
    }
}

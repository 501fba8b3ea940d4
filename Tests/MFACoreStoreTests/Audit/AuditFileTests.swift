// SPDX-License-Identifier: Apache-2.0
import MFACoreStore
import MFADomain
import Postgres
import Primitives
import TestKit
import Testing

/// R86: an exported audit is checked by itself, and whoever bends it is found.
@Suite(.timeLimit(.minutes(3)))
struct AuditFileTests {
    private static let now = Instant(microseconds: 1_767_225_600_123_456)
    private static let exportedAt = now + .seconds(60)
    /// Stands in a link's line before its row.
    private static let row = #""row":"#

    /// A line with another hash.
    private static func setting(_ hash: [UInt8], in line: String) -> String {
        let parts = line.split(separator: #""hash":""#, maxSplits: 1)
        return "\(parts[0])\"hash\":\"\(Hex.encode(hash))\(parts[1].dropFirst(64))"
    }

    /// Seven links of which `E3` is the fourth, checkpoints of the fifth and the last, and what was exported of them.
    private struct Exported {
        let core: CoreDatabase
        let folder: TemporaryFolder
        let key: CheckpointKey
        let signed: [AuditCheckpoint]
        /// The head, five links, a checkpoint, two links, a checkpoint, the end.
        var lines: [String]

        func verify(
            _ lines: [String]? = nil, keys: [CheckpointPublicKey]? = nil, outside: [AuditCheckpoint] = [],
            end: String = "\n"
        ) throws -> AuditFile.Verdict {
            let file = try folder.write("audit.jsonl", (lines ?? self.lines).joined(separator: "\n") + end)
            let kept = CheckpointFile(path: try folder.write("checkpoints.jsonl", ""))
            for checkpoint in outside { try kept.append(checkpoint) }
            return try AuditFile(path: file).verify(
                keys: keys ?? [key.publicKey], outside: outside.isEmpty ? nil : kept)
        }

        func fault(
            _ lines: [String]? = nil, outside: [AuditCheckpoint] = [], end: String = "\n"
        ) throws -> AuditFault? { try verify(lines, outside: outside, end: end).fault }

        /// The lines without some.
        func without(_ numbers: ClosedRange<Int>) -> [String] {
            lines.indices.filter { !numbers.contains($0) }.map { lines[$0] }
        }

        /// The lines with one of them changed.
        func changing(_ number: Int, _ change: (String) -> String) -> [String] {
            var changed = lines
            changed[number] = change(lines[number])
            return changed
        }
    }

    private func withExport(after: Int64 = 0, _ body: (Exported) async throws -> Void) async throws {
        try await withCoreDatabase { core in
            try await TemporaryFolder.with { folder in
                let key = CheckpointKey()
                var signed: [AuditCheckpoint] = []
                for (count, first) in [(4, 1), (2, 5)] {
                    try await core.addAuditRows(count, first: first)
                    try await core.withClient { try await core.chainAudit(PostgresAuditChain(client: $0)) }
                    let last = signed.last
                    let next = try await core.withClient(.signer) {
                        try await PostgresCheckpoints(client: $0).sign(with: key, at: Self.now, known: last)
                    }
                    signed.append(try #require(next))
                }
                let lines = try await Self.lines(core, after: after)
                try await body(Exported(core: core, folder: folder, key: key, signed: signed, lines: lines))
            }
        }
    }

    private static func lines(_ core: CoreDatabase, after: Int64 = 0) async throws -> [String] {
        try await core.withClient { client in
            var bytes: [UInt8] = []
            _ = try await PostgresAuditExport(client: client).export(after: after, at: exportedAt) { bytes += $0 }
            return String(decoding: bytes, as: UTF8.self).split(separator: "\n").map { String($0) }
        }
    }

    @Test func `what was exported is whole, line by line`() async throws {
        try await withExport { exported async throws in
            #expect(exported.lines.count == 11)
            let whole = try exported.verify(outside: exported.signed)
            #expect(whole.fault == nil && whole.links == 7 && whole.after == 0 && whole.checkpoints == 4)
            #expect(whole.exportedAt == Instant("\(Self.exportedAt)") && whole.laterCheckpoints == 0)
            let last = try await exported.core.rows("select hash from core.audit_link where seq = 7").first
            let hash = try last?.bytes("hash")
            #expect(whole.hash == hash)
            // The third row of the tests has every kind of character that JSON escapes.
            #expect(exported.lines[4].contains(#""user_given":"o'hara \"3\" é""#))
        }
    }

    // The head, the middle and the tail, with and without the lines that belong to the file alone.
    @Test(
        arguments: [
            (0...0, AuditFault.Kind.headCut, nil), (0...2, .headCut, nil), (1...2, .headCut, 3), (1...9, .tailCut, nil),
            (3...4, .cut, 5), (7...7, .cut, 7), (8...8, .tailCut, nil), (8...9, .tailCut, nil), (8...10, .tailCut, nil),
            (10...10, .tailCut, nil),
        ] as [(ClosedRange<Int>, AuditFault.Kind, Int64?)])
    func `a cut is named, and what to do about it`(
        numbers: ClosedRange<Int>, kind: AuditFault.Kind, seq: Int64?
    ) async throws {
        try await withExport { exported async throws in
            let fault = try #require(try exported.fault(exported.without(numbers)))
            #expect(fault.kind == kind, "\(fault.sentence)")
            if let seq { #expect(fault.seq == seq) }
            #expect(fault.sentence.contains("look for") && fault.sentence.hasSuffix("."))
            #expect(fault.sentence.split(separator: ". ").count == 1, "one sentence")
        }
    }

    @Test func `a file that ends within a line was cut off`() async throws {
        try await withExport { exported async throws in
            for cut in [exported.changing(10) { String($0.dropLast(3)) }, exported.lines] {
                #expect(try exported.fault(cut, end: "")?.kind == .tailCut)
            }
        }
    }

    @Test func `whatever is changed is found`() async throws {
        try await withExport { exported async throws in
            let changed = try exported.verify(
                exported.changing(4) { $0.replacing(#""event":"E3""#, with: #""event":"E4""#) })
            #expect(changed.fault?.kind == .changed && changed.fault?.seq == 4 && changed.links == 3)
            let gone = exported.changing(4) { line in
                "\(line.split(separator: Self.row, maxSplits: 1)[0])\(Self.row)null}"
            }
            #expect(try exported.fault(gone)?.kind == .missing)
            let another = exported.changing(4) { line in
                let parts = line.split(separator: ",", maxSplits: 2)
                return "\(parts[0]),\"id\":999999,\(parts[2])"
            }
            #expect(try exported.fault(another)?.kind == .linkChanged)
            let forged = exported.changing(4) { Self.setting(AuditChain.start, in: $0) }
            #expect(try exported.fault(forged)?.kind == .linkChanged)
            let moved = exported.changing(3) { _ in exported.lines[4] }.enumerated().map { number, line in
                number == 4 ? exported.lines[3] : line
            }
            #expect(try exported.fault(moved)?.kind == .cut)
            let signature = exported.changing(6) { $0.replacing(#""seq":5"#, with: #""seq":4"#) }
            #expect(throws: KeyError.self) { try exported.fault(signature) }
            let time = exported.changing(6) { $0.replacing("2026-01-01", with: "2026-01-02") }
            #expect(try exported.fault(time)?.kind == .badSignature)
            #expect(try exported.verify(keys: [CheckpointKey().publicKey]).fault?.kind == .badSignature)
        }
    }

    /// The lines of the links up to `last`, with `change` made to their rows and every hash computed anew.
    private func rewritten(
        _ exported: Exported, upTo last: Int = 7, _ change: (String) -> String = { $0 }
    ) -> (links: [String], end: String) {
        var hash = AuditChain.start
        var links: [String] = []
        for line in exported.lines where line.hasPrefix(#"{"seq":"#) && links.count < last {
            let parts = line.split(separator: Self.row, maxSplits: 1)
            let row = change(String(parts[1].dropLast()))
            hash = AuditChain.hash(after: hash, row: row.utf8)
            links.append("\(Self.setting(hash, in: String(parts[0])))\(Self.row)\(row)}")
        }
        return (links, #"{"end":{"checkpoints":0,"hash":"\#(Hex.encode(hash))","links":\#(links.count)}}"#)
    }

    // Whoever writes the whole chain anew is found by what was signed, in the file or outside of it, and by nothing else.
    @Test func `a chain that was written anew is found by its checkpoints`() async throws {
        try await withExport { exported async throws in
            let same = rewritten(exported)
            #expect(same.links[3] == exported.lines[4], "the test computes what the chain does")
            let bent = rewritten(exported) { $0.replacing("E3", with: "E9") }
            var inside = [exported.lines[0]]
            inside += bent.links.prefix(5)
            inside.append(exported.lines[6])
            inside += bent.links.dropFirst(5)
            inside += [exported.lines[9], bent.end]
            #expect(try exported.fault(inside)?.kind == .rewritten)
            let alone = [exported.lines[0]] + bent.links + [bent.end]
            #expect(try exported.fault(alone, outside: exported.signed)?.kind == .rewritten)
            #expect(try exported.fault(alone) == nil)
        }
    }

    @Test func `a tail that is gone with its checkpoints is found by those outside`() async throws {
        try await withExport { exported async throws in
            let short = rewritten(exported, upTo: 5)
            let lines = [exported.lines[0]] + short.links + [short.end]
            #expect(try exported.fault(lines) == nil)
            #expect(try exported.fault(lines, outside: exported.signed)?.kind == .tailCut)
            // What was signed after the export is no reproach to it.
            let later = try exported.key.sign(
                seq: 9, hash: AuditChain.start, at: Self.exportedAt + .seconds(1))
            let verdict = try exported.verify(outside: exported.signed + [later])
            #expect(verdict.fault == nil && verdict.laterCheckpoints == 1)
            let stranger = try CheckpointKey().sign(
                seq: 9, hash: AuditChain.start, at: Self.exportedAt + .seconds(1))
            #expect(try exported.fault(outside: exported.signed + [stranger])?.kind == .badSignature)
            #expect(throws: KeyError.self) { try exported.fault(outside: exported.signed.reversed()) }
        }
    }

    @Test func `an export goes on where another one ended, and proves that it does`() async throws {
        try await withExport(after: 5) { exported async throws in
            let whole = try exported.verify(outside: exported.signed)
            #expect(whole.fault == nil && whole.after == 5 && whole.links == 7 && whole.checkpoints == 4)
            #expect(try exported.fault(exported.without(2...2))?.kind == .headCut)
            let elsewhere = exported.changing(0) { Self.setting(AuditChain.start, in: $0) }
            #expect(try exported.fault(elsewhere)?.kind == .rewritten)
            let refused = await #expect(throws: Refusal.self) { try await Self.lines(exported.core, after: 99) }
            #expect(refused?.code == .notFound && refused?.detail?.contains("ends with link 7") == true)
        }
    }

    // A tail that is cut off in the database is told by the file: its checkpoints are exported all the same.
    @Test func `what the database lacks is missing in the file, too`() async throws {
        try await withExport { exported async throws in
            try await exported.core.bend("delete from core.audit_link where seq > 5")
            let short = try await Self.lines(exported.core)
            #expect(try exported.fault(short)?.kind == .tailCut)
            try await exported.core.bend("delete from core.audit_event where event = 'E2'")
            let holed = try await Self.lines(exported.core)
            #expect(try exported.fault(holed)?.kind == .missing)
        }
    }

    @Test func `what is no export is refused with the line`() async throws {
        try await withExport { exported async throws in
            let lines = exported.lines
            let begun = Array(lines.prefix(4))
            let bads: [([String], Int)] = [
                (lines + ["{}"], 12), (lines + [lines[10]], 12), ([lines[0]] + lines, 2), (begun + ["{}"], 5),
                (begun + [#"{"seq":4,"id":x}"#], 5), (begun + [#"{"seq":4}"#], 5),
                (begun + [String(lines[4].dropLast())], 5),
            ]
            for (bad, number) in bads {
                let refused = #expect(throws: KeyError.self) { try exported.fault(bad) }
                #expect(refused?.code == .fileMalformed && refused?.reason.contains("Line \(number) ") == true)
            }
            for bad in [[""], ["{}"], ["no JSON"], [lines[0].replacing("-v1", with: "-v2")]] {
                let refused = #expect(throws: KeyError.self) { try exported.fault(bad) }
                #expect(refused?.reason.contains("is no export") == true)
            }
            for path in [exported.folder.path, exported.folder.file("none")] {
                let refused = #expect(throws: KeyError.self) { try AuditFile(path: path).verify() }
                #expect(refused?.code == .fileInaccessible)
            }
        }
    }
}

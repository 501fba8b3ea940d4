// SPDX-License-Identifier: Apache-2.0
import Foundation
import Primitives

/// A line of an exported audit, which is JSON by itself:
///
/// | line | is |
/// |---|---|
/// | `{"after":0,"exportedAt":"…","format":"…","hash":"…"}` | the first: behind which link the file begins, and that one's hash |
/// | `{"seq":1,"id":17,"xid":"104","hash":"…","row":{…}}` | a link with its row, byte for byte as it was hashed; null for one that is gone |
/// | `{"checkpoint":{…}}` | behind its link, as the signer exports it |
/// | `{"end":{"checkpoints":2,"hash":"…","links":812}}` | the last, without which the file was cut off |
enum AuditExportLine {
    static let format = "countersign-audit-export-v1"

    struct Head: Codable {
        let after: Int64
        let exportedAt: Instant
        let format: String
        let hash: String
    }

    struct End: Codable {
        let checkpoints: Int64
        let hash: String
        /// The number of the last link.
        let links: Int64
    }

    private struct CheckpointLine: Codable {
        let checkpoint: CheckpointFile.Line
    }

    private struct EndLine: Codable {
        let end: End
    }

    /// What a row says of itself.
    private struct Identity: Decodable {
        let id: Int64
        let seq: Int64
        let xid: String
    }

    case head(Head)
    /// `isOwn`: whether the row says that it belongs to this link.
    case link(ChainedRow, isOwn: Bool)
    case checkpoint(AuditCheckpoint)
    case end(End)

    /// Nil for what is no line of an export.
    init?(_ line: Data) {
        let decoder = JSONDecoder()
        if line.starts(with: Scanner.opening.utf8) {
            guard let (link, isOwn) = Self.parsedLink(line) else { return nil }
            self = .link(link, isOwn: isOwn)
        } else if let found = try? decoder.decode(CheckpointLine.self, from: line) {
            guard let checkpoint = found.checkpoint.checkpoint else { return nil }
            self = .checkpoint(checkpoint)
        } else if let found = try? decoder.decode(EndLine.self, from: line) {
            self = .end(found.end)
        } else if let found = try? decoder.decode(Head.self, from: line), found.format == Self.format {
            self = .head(found)
        } else {
            return nil
        }
    }

    /// Appends the line with its end; a link's row as it stands, everything else in one form only.
    func append(to buffer: inout [UInt8]) throws {
        switch self {
        case .head(let head): try Self.append(head, to: &buffer)
        case .link(let link, _):
            buffer += Array(
                "\(Scanner.opening)\(link.seq),\"id\":\(link.rowID),\"xid\":\"\(link.xid)\",\"hash\":\"".utf8)
            buffer += Array("\(Hex.encode(link.hash))\",\"row\":".utf8)
            buffer += link.row?.canonical ?? Array("null".utf8)
            buffer += Array("}\n".utf8)
        case .checkpoint(let checkpoint):
            try Self.append(CheckpointLine(checkpoint: CheckpointFile.Line(checkpoint)), to: &buffer)
        case .end(let end): try Self.append(EndLine(end: end), to: &buffer)
        }
    }

    private static func append(_ value: some Encodable, to buffer: inout [UInt8]) throws {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        buffer += Array(try encoder.encode(value))
        buffer.append(UInt8(ascii: "\n"))
    }

    /// The row is taken byte for byte: to read it and to write it anew would hash what was read.
    private static func parsedLink(_ line: Data) -> (ChainedRow, isOwn: Bool)? {
        var scanner = Scanner(rest: Array(line)[...])
        guard scanner.take(Scanner.opening), let seq = Int64(scanner.number()), scanner.take(",\"id\":"),
            let id = Int64(scanner.number()), scanner.take(",\"xid\":\""), let xid = UInt64(scanner.number()),
            scanner.take("\",\"hash\":\""), let hash = Hex.decode(scanner.text(64)), scanner.take("\",\"row\":"),
            scanner.rest.last == UInt8(ascii: "}")
        else { return nil }
        let row = scanner.rest.dropLast()
        if row.elementsEqual("null".utf8) {
            return (ChainedRow(seq: seq, rowID: id, xid: xid, hash: hash, row: nil), true)
        }
        guard let own = try? JSONDecoder().decode(Identity.self, from: Data(row)), let ownXID = UInt64(own.xid) else {
            return nil
        }
        return (
            ChainedRow(seq: seq, rowID: id, xid: xid, hash: hash, row: (Array(row), ownXID)),
            own.id == id && own.seq == seq
        )
    }

    /// Reads along the beginning of a link's line, which has one form only.
    private struct Scanner {
        static let opening = "{\"seq\":"

        private(set) var rest: ArraySlice<UInt8>

        init(rest: ArraySlice<UInt8>) {
            self.rest = rest
        }

        mutating func take(_ literal: String) -> Bool {
            guard rest.starts(with: literal.utf8) else { return false }
            rest = rest.dropFirst(literal.utf8.count)
            return true
        }

        /// The digits that follow, with their sign.
        mutating func number() -> String {
            let digits = rest.prefix { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) || $0 == UInt8(ascii: "-") }
            rest = rest.dropFirst(digits.count)
            return String(decoding: digits, as: UTF8.self)
        }

        /// So many bytes, or what is left of them.
        mutating func text(_ count: Int) -> String {
            let text = rest.prefix(count)
            rest = rest.dropFirst(text.count)
            return String(decoding: text, as: UTF8.self)
        }
    }
}

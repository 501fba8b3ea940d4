// SPDX-License-Identifier: Apache-2.0
import Foundation
import Primitives

/// Checkpoints outside of the database: a file to which a line of JSON is added for each, and from which nothing is taken.
package struct CheckpointFile: Sendable {
    package let path: String

    package init(path: String) {
        self.path = path
    }

    /// A checkpoint as JSON, here and in an exported audit.
    struct Line: Codable {
        private let hash: String
        private let key: String
        private let seq: Int64
        private let signature: String
        private let signedAt: Instant

        init(_ checkpoint: AuditCheckpoint) {
            hash = Hex.encode(checkpoint.hash)
            key = checkpoint.keyName
            seq = checkpoint.seq
            signature = Data(checkpoint.signature).base64EncodedString()
            signedAt = checkpoint.signedAt
        }

        /// Nil when its texts are none of ours.
        var checkpoint: AuditCheckpoint? {
            guard let hash = Hex.decode(hash), let signature = Data(base64Encoded: signature) else { return nil }
            return AuditCheckpoint(
                seq: seq, hash: hash, signedAt: signedAt, keyName: key, signature: Array(signature))
        }
    }

    /// No line of ours is longer; a file that has one is something else.
    private static let lineBytesMax = 1024

    /// Adds a checkpoint; it is on disk when this returns.
    package func append(_ checkpoint: AuditCheckpoint) throws(KeyError) {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        guard let encoded = try? encoder.encode(Line(checkpoint)) else { throw fault("write", EINVAL) }
        let bytes = Array(encoded) + [UInt8(ascii: "\n")]
        let descriptor = open(path, O_RDWR | O_APPEND | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0o644)
        guard descriptor >= 0 else { throw fault("open", errno) }
        defer { close(descriptor) }
        let end = try endOfLines(descriptor)
        let written = write(descriptor, bytes, bytes.count)
        guard written == bytes.count, fsync(descriptor) == 0 else {
            let cause = (0..<bytes.count).contains(written) ? ENOSPC : errno
            // Half a line would stand before the next one.
            ftruncate(descriptor, end)
            throw fault("write", cause)
        }
    }

    /// Where the last whole line ends. What follows it was never finished, so nobody has heard of it: the machine went
    /// down. It is taken away.
    private func endOfLines(_ descriptor: Int32) throws(KeyError) -> off_t {
        let size = lseek(descriptor, 0, SEEK_END)
        guard size >= 0 else { throw fault("read", errno) }
        if size == 0 { return 0 }
        var tail = [UInt8](repeating: 0, count: min(Int(size), Self.lineBytesMax))
        let start = size - off_t(tail.count)
        guard pread(descriptor, &tail, tail.count, start) == tail.count else { throw fault("read", errno) }
        let last = tail.lastIndex(of: UInt8(ascii: "\n"))
        guard last != nil || start == 0 else {
            throw KeyError(.fileMalformed, "“\(path)” is no file of checkpoints: its last line is longer than ours.")
        }
        let end = start + off_t(last.map { $0 + 1 } ?? 0)
        guard end == size || ftruncate(descriptor, end) == 0 else { throw fault("write", errno) }
        return end
    }

    /// Reads the checkpoints one after another, in the file's order.
    package struct Reader {
        fileprivate let file: CheckpointFile
        fileprivate var lines: LineReader

        /// The next one; nil at the end.
        package mutating func next() throws -> AuditCheckpoint? {
            guard let line = try lines.next() else { return nil }
            guard let checkpoint = (try? JSONDecoder().decode(Line.self, from: line))?.checkpoint else {
                throw file.malformed(lines.number)
            }
            return checkpoint
        }
    }

    /// From its beginning.
    package func reader() throws -> Reader {
        Reader(file: self, lines: try LineReader(path: path, lineBytesMax: Self.lineBytesMax))
    }

    /// The last checkpoint of the file; nil where there is no file, or none in it.
    package func last() throws -> AuditCheckpoint? {
        guard FileManager.default.fileExists(atPath: path) else { return nil }
        var (reader, last): (Reader, AuditCheckpoint?) = (try self.reader(), nil)
        while let next = try reader.next() { last = next }
        return last
    }

    fileprivate func malformed(_ number: Int) -> KeyError {
        KeyError(.fileMalformed, "Line \(number) of “\(path)” is no checkpoint.")
    }

    private func fault(_ verb: String, _ cause: Int32) -> KeyError {
        KeyError(
            .fileInaccessible,
            "Cannot \(verb) the file of checkpoints “\(path)”: \(String(cString: strerror(cause)).lowercased()).")
    }
}

// SPDX-License-Identifier: Apache-2.0
import Foundation
import Glibc

/// The file in which one copy of mfa-core keeps what it has seen of the database; it holds nothing secret.
package struct LastSeenFile: Sendable {
    private static let bytesMax = 4096

    package let path: String

    package init(path: String) {
        self.path = path
    }

    /// Reads it; nil where there is none, as before the first start.
    ///
    /// - Throws: ``RestoreError`` when it cannot be read or holds something else: then nothing is known, and nothing is
    ///   assumed.
    package func load() throws(RestoreError) -> LastSeen? {
        // O_NONBLOCK so that a pipe in place of the file cannot hang the start.
        let descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
        guard descriptor >= 0 else {
            if errno == ENOENT { return nil }
            throw inaccessible("read")
        }
        defer { close(descriptor) }
        var bytes = [UInt8](repeating: 0, count: Self.bytesMax)
        let count = read(descriptor, &bytes, bytes.count)
        guard count >= 0 else { throw inaccessible("read") }
        guard let seen = try? JSONDecoder().decode(LastSeen.self, from: Data(bytes[..<count])) else {
            throw RestoreError(
                "The file “\(path)” (restore.lastSeenFile) does not say what this copy has seen of the database: remove it if "
                    + "the database was never restored, or start with “mfa-core serve --restored”.")
        }
        return seen
    }

    /// Writes it whole or not at all; on disk when this returns.
    package func save(_ seen: LastSeen) throws(RestoreError) {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys]
        guard let json = try? encoder.encode(seen) else {
            throw RestoreError("What was seen of the database cannot be written as JSON.")
        }
        // One process has it, so one draft is enough; what a killed one left is written over.
        let draft = path + ".new"
        let descriptor = open(draft, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0o600)
        guard descriptor >= 0 else { throw inaccessible("write") }
        let bytes = Array(json) + [UInt8(ascii: "\n")]
        let isWritten = write(descriptor, bytes, bytes.count) == bytes.count && fsync(descriptor) == 0
        let cause = errno
        close(descriptor)
        guard isWritten, rename(draft, path) == 0 else {
            if !isWritten { errno = cause }
            throw inaccessible("write")
        }
    }

    private func inaccessible(_ verb: String) -> RestoreError {
        let cause = String(cString: strerror(errno)).lowercased()
        return RestoreError(
            "Cannot \(verb) “\(path)” (restore.lastSeenFile): \(cause); each copy of mfa-core needs a file of its own in a "
                + "folder that it may write to.")
    }
}

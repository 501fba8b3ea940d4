// SPDX-License-Identifier: Apache-2.0
import Glibc

/// A file that is written piece by piece for its owner alone: there was none of this name before, and there is none
/// afterwards unless it was finished.
struct NewFile {
    private let path: String
    private var descriptor: Int32

    init(_ path: String) throws {
        self.path = path
        descriptor = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0o600)
        guard descriptor >= 0 else { throw Self.fault("create", path) }
    }

    /// Adds the bytes, all of them.
    func write(_ bytes: [UInt8]) throws {
        var rest = bytes[...]
        while !rest.isEmpty {
            let count = rest.withUnsafeBytes { Glibc.write(descriptor, $0.baseAddress, $0.count) }
            if count < 0, errno == EINTR { continue }
            guard count > 0 else { throw Self.fault("write", path) }
            rest = rest.dropFirst(count)
        }
    }

    /// The file is on disk when this returns, and stays.
    mutating func finish() throws {
        guard fsync(descriptor) == 0 else { throw Self.fault("write", path) }
        close(descriptor)
        descriptor = -1
    }

    /// Removes a file that was not finished.
    mutating func discard() {
        guard descriptor >= 0 else { return }
        close(descriptor)
        unlink(path)
        descriptor = -1
    }

    private static func fault(_ verb: String, _ path: String) -> CommandFault {
        let cause = String(cString: strerror(errno)).lowercased()
        return CommandFault.refused("Cannot \(verb) “\(path)”: \(cause).")
    }
}

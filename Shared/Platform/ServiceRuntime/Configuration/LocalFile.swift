// SPDX-License-Identifier: Apache-2.0

import Glibc

/// Reads small files of this machine, refusing those that would hang, swamp or betray the service.
package enum LocalFile {
    /// Larger than any key, certificate or configuration file.
    package static let bytesMax = 1 << 20
    /// Revocation lists of large authorities have some hundred thousand entries.
    package static let listBytesMax = 1 << 25

    /// Why a file was not read, as the end of a sentence.
    package struct Fault: Error, CustomStringConvertible {
        package let description: String
    }

    /// The bytes of the file.
    ///
    /// - Parameter secret: refuses a file that users other than its owner and group may touch.
    package static func bytes(
        of path: String, secret: Bool, bytesMax: Int = LocalFile.bytesMax
    ) throws(Fault) -> [UInt8] {
        // O_NONBLOCK so that a pipe in place of a file cannot hang the start; it means nothing to a regular file.
        let descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
        guard descriptor >= 0 else { throw Fault(description: String(cString: strerror(errno)).lowercased()) }
        defer { close(descriptor) }
        var status = stat()
        guard fstat(descriptor, &status) == 0 else {
            throw Fault(description: String(cString: strerror(errno)).lowercased())
        }
        guard status.st_mode & S_IFMT != S_IFDIR else { throw Fault(description: "it is a directory") }
        if secret, status.st_mode & 0o007 != 0 {
            let mode = String(status.st_mode & 0o777, radix: 8)
            throw Fault(description: "every user of this machine has access to it (mode 0\(mode)); run chmod o= on it")
        }
        return try contents(of: descriptor, bytesMax)
    }

    private static func contents(of descriptor: Int32, _ bytesMax: Int) throws(Fault) -> [UInt8] {
        var bytes: [UInt8] = []
        var chunk = [UInt8](repeating: 0, count: 16_384)
        while true {
            let count = chunk.withUnsafeMutableBytes { read(descriptor, $0.baseAddress, $0.count) }
            if count == 0 { return bytes }
            if count < 0 {
                if errno == EINTR { continue }
                throw Fault(description: String(cString: strerror(errno)).lowercased())
            }
            bytes.append(contentsOf: chunk[..<count])
            guard bytes.count <= bytesMax else { throw Fault(description: "it is larger than \(bytesMax) bytes") }
        }
    }
}

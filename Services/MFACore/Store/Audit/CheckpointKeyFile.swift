// SPDX-License-Identifier: Apache-2.0
import Glibc

/// The files of the key that signs checkpoints: the secret one with mode 0400, the public one for everybody.
package enum CheckpointKeyFile {
    private static let bytesMax = 4096

    /// Makes a key; neither file may be there already.
    package static func make(_ path: String, publicPath: String) throws(KeyError) -> CheckpointPublicKey {
        let key = CheckpointKey()
        try create(path, key.pem, mode: 0o400)
        try create(publicPath, key.publicKey.pem, mode: 0o444)
        return key.publicKey
    }

    /// Reads the secret key; refuses one that others may read.
    package static func load(_ path: String) throws(KeyError) -> CheckpointKey {
        guard let key = CheckpointKey(pem: try text(of: path, isSecret: true)) else {
            throw KeyError(.fileMalformed, "“\(path)” holds no P-256 key in PEM; audit sign --make-key makes one.")
        }
        return key
    }

    /// Reads a public key.
    package static func loadPublic(_ path: String) throws(KeyError) -> CheckpointPublicKey {
        guard let key = CheckpointPublicKey(pem: try text(of: path, isSecret: false)) else {
            throw KeyError(.fileMalformed, "“\(path)” holds no public P-256 key in PEM.")
        }
        return key
    }

    private static func create(_ path: String, _ text: String, mode: mode_t) throws(KeyError) {
        let descriptor = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, mode)
        guard descriptor >= 0 else { throw fault("create", path) }
        defer { close(descriptor) }
        let bytes = Array(text.utf8)
        guard write(descriptor, bytes, bytes.count) == bytes.count, fchmod(descriptor, mode) == 0,
            fsync(descriptor) == 0
        else { throw fault("write", path) }
    }

    private static func text(of path: String, isSecret: Bool) throws(KeyError) -> String {
        // O_NONBLOCK so that a pipe in place of the file cannot hang the command.
        let descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
        guard descriptor >= 0 else { throw fault("read", path) }
        defer { close(descriptor) }
        var status = stat()
        guard fstat(descriptor, &status) == 0 else { throw fault("read", path) }
        guard status.st_mode & S_IFMT == S_IFREG else {
            throw KeyError(.fileUnsafe, "“\(path)” is not a regular file.")
        }
        if isSecret, !isSafe(status) {
            throw KeyError(
                .fileUnsafe,
                "Others than this process's user have access to the key “\(path)”; run chmod 0400 on it, and chown.")
        }
        var bytes = [UInt8](repeating: 0, count: bytesMax)
        let count = read(descriptor, &bytes, bytes.count)
        guard count >= 0 else { throw fault("read", path) }
        return String(decoding: bytes[..<count], as: UTF8.self)
    }

    /// A systemd credential belongs to root with mode 0440.
    private static func isSafe(_ status: stat) -> Bool {
        guard status.st_uid == geteuid() || status.st_uid == 0 else { return false }
        return status.st_mode & 0o077 == 0 || (status.st_mode & 0o777 == 0o440 && status.st_uid == 0)
    }

    private static func fault(_ verb: String, _ path: String) -> KeyError {
        let cause = String(cString: strerror(errno)).lowercased()
        return KeyError(.fileInaccessible, "Cannot \(verb) “\(path)”: \(cause).")
    }
}

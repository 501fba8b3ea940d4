// SPDX-License-Identifier: Apache-2.0
import Glibc
package import Primitives

/// Where the master key comes from: a file of mode 0400, never overwritten, appearing whole or not at all.
///
/// | what stands in it | what opens it |
/// |---|---|
/// | the key, one line of base 64 | nothing else; a systemd credential is such a file, too |
/// | the key sealed, one line of JSON | the key of a PKCS #11 token |
///
/// A credential belongs to the service's user, or to root with mode 0440.
package struct MasterKeyFile: Sendable {
    private static let bytesMax = 2048
    /// Nothing else brings a key back.
    private static let remedy = "put the file that activate or key rewrap wrote in its place"

    package let path: String
    private let token: PKCS11Token?

    /// - Parameter token: opens files that a token sealed, and seals the one that is made.
    package init(path: String, token: PKCS11Token? = nil) {
        self.path = path
        self.token = token
    }

    /// Another file, which the same token seals.
    package func other(_ path: String) -> MasterKeyFile { MasterKeyFile(path: path, token: token) }

    /// Reads the key.
    ///
    /// - Throws: `fileMissing`, `fileUnsafe` when anybody but its owner may read it or the owner is neither this
    ///   process's user nor root, `fileMalformed`, `fileInaccessible`, `tokenMissing`, `tokenRefused`.
    package func load() throws(KeyError) -> MasterKey {
        guard let key = try loadIfPresent() else {
            throw KeyError(.fileMissing, "There is no master key file “\(path)”; \(Self.remedy).")
        }
        return key
    }

    /// The same, but nil where there is no such file.
    package func loadIfPresent() throws(KeyError) -> MasterKey? {
        // O_NONBLOCK so that a pipe in place of the file cannot hang the start.
        let descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
        guard descriptor >= 0 else {
            if errno == ENOENT { return nil }
            throw inaccessible("read")
        }
        defer { close(descriptor) }
        try requireSafe(descriptor)
        var bytes = [UInt8](repeating: 0, count: Self.bytesMax)
        let count = read(descriptor, &bytes, bytes.count)
        guard count >= 0 else { throw inaccessible("read") }
        let contents = Array(bytes[..<count])
        if SealedMasterKey.isMeant(by: contents) { return try unsealed(contents) }
        guard let key = MasterKey(fileContents: contents) else {
            throw KeyError(
                .fileMalformed,
                "The file “\(path)” holds no master key (one line of base 64, 32 bytes): it was cut off or exchanged; "
                    + "\(Self.remedy).")
        }
        return key
    }

    /// Reads the key, or makes a fresh one where there is none.
    ///
    /// The file gets its name only after its contents are on disk, and only if nobody took the name meanwhile; then
    /// theirs is read.
    ///
    /// - Parameter isPlain: makes a file that nothing seals, though there is a token.
    package func loadOrCreate(
        random: any RandomSource, isPlain: Bool = false
    ) throws(KeyError) -> (key: MasterKey, isNew: Bool) {
        if let key = try loadIfPresent() { return (key, false) }
        let key = MasterKey(random: random)
        let contents: SecretBytes
        if let token, !isPlain {
            contents = SecretBytes(utf8: try SealedMasterKey(key, by: token, random: random).line())
        } else {
            contents = key.fileContents
        }
        let draft = "\(path).new-\(Hex.encode(random.bytes(8)))"
        try write(contents, to: draft)
        // A link, unlike a rename, never takes the place of a file that is there.
        let isLinked = link(draft, path) == 0
        let cause = errno
        unlink(draft)
        guard isLinked else {
            if cause == EEXIST { return (try load(), false) }
            errno = cause
            throw inaccessible("create")
        }
        try flushFolder()
        return (key, true)
    }

    private func requireSafe(_ descriptor: Int32) throws(KeyError) {
        var status = stat()
        guard fstat(descriptor, &status) == 0 else { throw inaccessible("read") }
        guard status.st_mode & S_IFMT == S_IFREG else {
            throw KeyError(
                .fileUnsafe, "“\(path)” is not a regular file, so it is not taken for a master key; \(Self.remedy).")
        }
        guard status.st_uid == geteuid() || status.st_uid == 0 else {
            throw KeyError(
                .fileUnsafe,
                "The master key file “\(path)” belongs to user \(status.st_uid); it must belong to the user mfa-core "
                    + "runs as (\(geteuid())) or to root.")
        }
        let others = status.st_mode & 0o077
        guard others == 0 || (status.st_mode & 0o777 == 0o440 && status.st_uid == 0) else {
            let mode = "0" + String(status.st_mode & 0o7777, radix: 8)
            throw KeyError(
                .fileUnsafe,
                "The master key file “\(path)” has mode \(mode), so others than its owner have access; "
                    + "run chmod 0400 on it.")
        }
    }

    private func unsealed(_ contents: [UInt8]) throws(KeyError) -> MasterKey {
        guard let sealed = SealedMasterKey(fileContents: contents) else {
            throw KeyError(
                .fileMalformed,
                "The file “\(path)” holds no master key that a token sealed (one line of JSON): it was cut off or changed; "
                    + "take it from where its copy is kept.")
        }
        guard let token else {
            throw KeyError(
                .tokenMissing,
                "The master key in “\(path)” is sealed by the key “\(sealed.key)” of the PKCS #11 token “\(sealed.token)”; "
                    + "set keys.pkcs11.module and the keys beside it.")
        }
        return try sealed.open(by: token, path: path)
    }

    private func write(_ contents: SecretBytes, to draft: String) throws(KeyError) {
        let descriptor = open(draft, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o400)
        guard descriptor >= 0 else { throw inaccessible("create") }
        let isWritten = contents.withBytes { bytes in
            Glibc.write(descriptor, bytes, bytes.count) == bytes.count
        }
        let isFlushed = isWritten && fchmod(descriptor, 0o400) == 0 && fsync(descriptor) == 0
        let cause = errno
        close(descriptor)
        guard isFlushed else {
            unlink(draft)
            errno = cause
            throw inaccessible("write")
        }
    }

    /// A new name is durable only when its folder is.
    private func flushFolder() throws(KeyError) {
        let folder = path.lastIndex(of: "/").map { $0 == path.startIndex ? "/" : String(path[..<$0]) } ?? "."
        let descriptor = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard descriptor >= 0 else { throw inaccessible("write") }
        defer { close(descriptor) }
        guard fsync(descriptor) == 0 else { throw inaccessible("write") }
    }

    private func inaccessible(_ verb: String) -> KeyError {
        let cause = String(cString: strerror(errno)).lowercased()
        return KeyError(.fileInaccessible, "Cannot \(verb) the master key file “\(path)”: \(cause).")
    }
}

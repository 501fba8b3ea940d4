// SPDX-License-Identifier: Apache-2.0
import Foundation
import Glibc
import Primitives

/// Files that appear together, after everything else has succeeded: each is written under another name first.
struct StagedFiles {
    private struct Draft {
        let draft: String
        let path: String
    }

    let folder: String
    private let mark: String
    private var drafts: [Draft] = []

    /// Makes the folder where there is none, open to its owner only.
    init(folder: String, random: any RandomSource) throws {
        self.folder = folder
        mark = Hex.encode(random.bytes(8))
        do {
            try FileManager.default.createDirectory(
                atPath: folder, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])
        } catch {
            throw CommandFault.refused("The folder “\(folder)” cannot be made.")
        }
    }

    func exists(_ name: String) -> Bool { FileManager.default.fileExists(atPath: path(of: name)) }

    func path(of name: String) -> String { "\(folder)/\(name)" }

    /// Writes `contents` to disk under a name that nobody looks for.
    mutating func stage(_ name: String, _ contents: SecretBytes, mode: mode_t) throws {
        let draft = Draft(draft: path(of: ".\(name).\(mark)"), path: path(of: name))
        let descriptor = open(draft.draft, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, mode)
        guard descriptor >= 0 else { throw fault(draft.path) }
        drafts.append(draft)
        defer { close(descriptor) }
        let isWritten = contents.withBytes { write(descriptor, $0, $0.count) == $0.count }
        // The mode as asked for, whatever the umask took away.
        guard isWritten, fchmod(descriptor, mode) == 0, fsync(descriptor) == 0 else { throw fault(draft.path) }
    }

    /// Gives every file its name, replacing what is there.
    func publish() throws {
        for draft in drafts {
            guard rename(draft.draft, draft.path) == 0 else { throw fault(draft.path) }
        }
    }

    /// Removes what was not published.
    func discard() {
        for draft in drafts { unlink(draft.draft) }
    }

    private func fault(_ path: String) -> CommandFault {
        let cause = String(cString: strerror(errno)).lowercased()
        return CommandFault.refused("Cannot write “\(path)”: \(cause).")
    }
}

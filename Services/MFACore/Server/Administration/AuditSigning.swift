// SPDX-License-Identifier: Apache-2.0
import MFACoreStore
import Primitives

/// What `audit sign` does: with a database role, a user and a key of its own, none of which mfa-core has.
package enum AuditSigning {
    private struct ReportedKey: Encodable {
        let keyName: String
        let publicKey: String
    }

    private struct ReportedCheckpoint: Encodable {
        /// Whether there was anything new to sign.
        let signed: Bool
        let seq: Int64?
        let hash: String?
        let signedAt: Instant?
        let keyName: String
    }

    /// Makes a key in two new files.
    package static func makeKey(_ path: String, publicPath: String) throws -> CommandReport {
        let key = try CheckpointKeyFile.make(path, publicPath: publicPath)
        return try CommandReport(
            "Made key \(key.name): “\(path)” for the signer alone, “\(publicPath)” for everybody who verifies.\n",
            document: ReportedKey(keyName: key.name, publicKey: publicPath))
    }

    /// Signs what was chained since the last checkpoint, and adds the checkpoint to the database and to the file.
    ///
    /// - Parameter export: the file; its last checkpoint counts, whatever the database says.
    package static func sign(
        key path: String, export: String?, _ options: CommandOptions
    ) async throws -> CommandReport {
        let key = try CheckpointKeyFile.load(path)
        let file = export.map { CheckpointFile(path: $0) }
        let known = try file?.last()
        let (signed, missed) = try await CommandDatabase.run(options) {
            client -> (AuditCheckpoint?, AuditCheckpoint?) in
            let checkpoints = PostgresCheckpoints(client: client)
            do {
                let signed = try await checkpoints.sign(with: key, at: WallClock.now(), known: known)
                // The one before may not have got to the file, where the disk was full.
                let missed =
                    signed == nil && file != nil
                    ? try await checkpoints.last(signedBy: key.publicKey, behind: known) : nil
                return (signed, missed)
            } catch SigningError.fault(let fault) {
                throw CommandFault.refused(
                    "The audit is not whole, and was not signed. \(fault.sentence) See mfa-core audit verify.")
            }
        }
        guard let signed else {
            if let missed { try file?.append(missed) }
            let added = missed.map { " That of link \($0.seq) was missing in the file, and was added." } ?? ""
            return try CommandReport(
                "Nothing was chained since the last checkpoint.\(added)\n",
                document: ReportedCheckpoint(
                    signed: false, seq: missed?.seq, hash: missed.map { Hex.encode($0.hash) },
                    signedAt: missed?.signedAt, keyName: key.publicKey.name))
        }
        try file?.append(signed)
        return try CommandReport(
            "Signed the chain up to link \(signed.seq), hash \(Hex.encode(signed.hash)).\n",
            document: ReportedCheckpoint(
                signed: true, seq: signed.seq, hash: Hex.encode(signed.hash), signedAt: signed.signedAt,
                keyName: signed.keyName))
    }
}

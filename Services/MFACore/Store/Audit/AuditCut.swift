// SPDX-License-Identifier: Apache-2.0
package import Primitives

/// Where the chain begins since retention cut its head off, signed with a key that the database does not hold: whoever
/// cuts it off without that key is found (R86).
package struct AuditCut: Sendable, Equatable {
    /// The link behind which the chain begins, and its hash: what a checkpoint said, too.
    package let seq: Int64
    package let hash: [UInt8]
    /// Rows of this time and later are there, each of them.
    package let keptFrom: Instant
    package let signedAt: Instant
    /// Which key signed it.
    package let keyName: String
    /// ECDSA over SHA-256, DER.
    package let signature: [UInt8]

    package init(
        seq: Int64, hash: [UInt8], keptFrom: Instant, signedAt: Instant, keyName: String, signature: [UInt8]
    ) {
        self.seq = seq
        self.hash = hash
        self.keptFrom = keptFrom
        self.signedAt = signedAt
        self.keyName = keyName
        self.signature = signature
    }

    /// What is signed: five lines without a line end behind the last, and another first one than a checkpoint's, so that
    /// no checkpoint is taken for leave to cut.
    fileprivate static func message(seq: Int64, hash: [UInt8], keptFrom: Instant, signedAt: Instant) -> [UInt8] {
        Array("countersign-audit-cut-v1\n\(seq)\n\(Hex.encode(hash))\n\(keptFrom)\n\(signedAt)".utf8)
    }
}

extension CheckpointKey {
    /// Signs that the chain begins behind the link of `checkpoint`, and that rows are there from `keptFrom` on. The time
    /// has milliseconds, as it is told.
    package func cut(at checkpoint: AuditCheckpoint, keptFrom: Instant, at now: Instant) throws -> AuditCut {
        let signedAt = Instant(microseconds: now.microseconds / 1000 * 1000)
        let message = AuditCut.message(
            seq: checkpoint.seq, hash: checkpoint.hash, keptFrom: keptFrom, signedAt: signedAt)
        return AuditCut(
            seq: checkpoint.seq, hash: checkpoint.hash, keptFrom: keptFrom, signedAt: signedAt,
            keyName: publicKey.name, signature: try signature(of: message))
    }
}

extension CheckpointPublicKey {
    /// Whether this key signed the cut as it stands.
    package func signed(_ cut: AuditCut) -> Bool {
        cut.keyName == name
            && verifies(
                cut.signature,
                of: AuditCut.message(seq: cut.seq, hash: cut.hash, keptFrom: cut.keptFrom, signedAt: cut.signedAt))
    }
}

extension CheckpointJudgement {
    /// - Parameter keys: one of which signed the cut.
    package static func fault(of cut: AuditCut, keys: [CheckpointPublicKey]) -> AuditFault? {
        if keys.contains(where: { $0.signed(cut) }) { return nil }
        return AuditFault(
            .badSignature, seq: cut.seq, row: nil,
            "The chain begins behind link \(cut.seq), and the given key did not sign that its head was to be cut off there "
                + "(\(cut.keyName) is named): somebody else cut it off; keep it as it is, and look for what is missing in "
                + "a backup or an export.")
    }
}

// SPDX-License-Identifier: Apache-2.0
import Crypto
package import Primitives

/// What the chain was at a moment, signed with a key that the database does not hold (R86).
package struct AuditCheckpoint: Sendable, Equatable {
    /// The last link it covers, which is also how many there are: links are numbered from 1 without a gap.
    package let seq: Int64
    package let hash: [UInt8]
    package let signedAt: Instant
    /// Which key signed it.
    package let keyName: String
    /// ECDSA over SHA-256, DER.
    package let signature: [UInt8]

    package init(seq: Int64, hash: [UInt8], signedAt: Instant, keyName: String, signature: [UInt8]) {
        self.seq = seq
        self.hash = hash
        self.signedAt = signedAt
        self.keyName = keyName
        self.signature = signature
    }

    /// What is signed: four lines without a line end behind the last.
    static func message(seq: Int64, hash: [UInt8], signedAt: Instant) -> [UInt8] {
        Array("countersign-audit-checkpoint-v1\n\(seq)\n\(Hex.encode(hash))\n\(signedAt)".utf8)
    }
}

/// The key that signs checkpoints: P-256, as PEM, which `openssl` reads, too.
package struct CheckpointKey: Sendable {
    private let key: P256.Signing.PrivateKey

    /// A fresh key.
    package init() {
        key = P256.Signing.PrivateKey()
    }

    /// Nil when the text holds no such key.
    package init?(pem: String) {
        guard let key = try? P256.Signing.PrivateKey(pemRepresentation: pem) else { return nil }
        self.key = key
    }

    /// The key itself; secret.
    package var pem: String { key.pemRepresentation + "\n" }

    package var publicKey: CheckpointPublicKey { CheckpointPublicKey(key: key.publicKey) }

    /// Signs the chain up to `seq`, whose hash is `hash`. The time has milliseconds, as it is told.
    package func sign(seq: Int64, hash: [UInt8], at now: Instant) throws -> AuditCheckpoint {
        let signedAt = Instant(microseconds: now.microseconds / 1000 * 1000)
        let message = AuditCheckpoint.message(seq: seq, hash: hash, signedAt: signedAt)
        return AuditCheckpoint(
            seq: seq, hash: hash, signedAt: signedAt, keyName: publicKey.name,
            signature: try self.signature(of: message))
    }

    /// ECDSA over SHA-256, DER.
    func signature(of message: [UInt8]) throws -> [UInt8] { Array(try key.signature(for: message).derRepresentation) }
}

/// The key by which anybody verifies checkpoints.
package struct CheckpointPublicKey: Sendable {
    fileprivate let key: P256.Signing.PublicKey

    fileprivate init(key: P256.Signing.PublicKey) {
        self.key = key
    }

    /// Nil when the text holds no such key.
    package init?(pem: String) {
        guard let key = try? P256.Signing.PublicKey(pemRepresentation: pem) else { return nil }
        self.key = key
    }

    package var pem: String { key.pemRepresentation + "\n" }

    /// The first 16 hex digits of the SHA-256 of its DER form.
    package var name: String { Hex.encode(Array(SHA256.hash(data: key.derRepresentation)).prefix(8)) }

    /// Whether this key signed the checkpoint as it stands.
    package func signed(_ checkpoint: AuditCheckpoint) -> Bool {
        checkpoint.keyName == name
            && verifies(
                checkpoint.signature,
                of: AuditCheckpoint.message(
                    seq: checkpoint.seq, hash: checkpoint.hash, signedAt: checkpoint.signedAt))
    }

    /// Whether this key made the signature.
    func verifies(_ signature: [UInt8], of message: [UInt8]) -> Bool {
        guard let signature = try? P256.Signing.ECDSASignature(derRepresentation: signature) else { return false }
        return key.isValidSignature(signature, for: message)
    }
}

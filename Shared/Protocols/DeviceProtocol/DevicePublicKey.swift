// SPDX-License-Identifier: Apache-2.0
import Crypto
import Primitives

/// The public key of a phone: a point of P-256, kept as the DER bytes that the phone sent.
///
/// Read: SubjectPublicKeyInfo (RFC 5480) with the named curve and an uncompressed point, which is one fixed prefix and
/// 64 bytes. Everything else is refused: other curves and algorithms, explicit parameters, compressed points, the
/// point at infinity, points off the curve, other spellings of the DER and anything after it. So a key has one
/// spelling only, and one key cannot pass for two.
package struct DevicePublicKey: Hashable, Sendable {
    /// SEQUENCE { SEQUENCE { id-ecPublicKey, prime256v1 }, BIT STRING { 04 …
    private static let prefix: [UInt8] = [
        0x30, 0x59, 0x30, 0x13, 0x06, 0x07, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x02, 0x01, 0x06, 0x08, 0x2a, 0x86, 0x48,
        0xce, 0x3d, 0x03, 0x01, 0x07, 0x03, 0x42, 0x00, 0x04,
    ]
    /// n, the order of the base point (FIPS 186-5, SP 800-186 §3.2.1.3).
    private static let order: [UInt8] = [
        0xff, 0xff, 0xff, 0xff, 0x00, 0x00, 0x00, 0x00, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xbc, 0xe6,
        0xfa, 0xad, 0xa7, 0x17, 0x9e, 0x84, 0xf3, 0xb9, 0xca, 0xc2, 0xfc, 0x63, 0x25, 0x51,
    ]

    /// The SubjectPublicKeyInfo, byte for byte.
    package let der: [UInt8]
    private let key: P256.Signing.PublicKey

    /// Reads the DER form; nil for anything but a point of P-256 in its usual spelling.
    package init?(der: [UInt8]) {
        guard der.count == Self.prefix.count + 64, der.starts(with: Self.prefix),
            let key = try? P256.Signing.PublicKey(x963Representation: der.suffix(65))
        else { return nil }
        self.der = der
        self.key = key
    }

    /// Reads the base64url form of the contract.
    package init?(base64URL text: some StringProtocol) {
        guard text.utf8.count <= 2 * (Self.prefix.count + 64), let der = Base64URL.decode(text) else { return nil }
        self.init(der: der)
    }

    /// Whether `signature` is this key's ECDSA signature with SHA-256 over `message`.
    ///
    /// - Parameter signature: r‖s, 32 bytes each, both in 1…n−1; a high s is accepted, since phones make them.
    package func verify(signature: [UInt8], message: [UInt8]) -> Bool {
        guard signature.count == DeviceProtocolLimits.signatureBytes,
            Self.isScalar(signature.prefix(32)), Self.isScalar(signature.suffix(32)),
            let parsed = try? P256.Signing.ECDSASignature(rawRepresentation: signature)
        else { return false }
        return key.isValidSignature(parsed, for: message)
    }

    package static func == (left: Self, right: Self) -> Bool { left.der == right.der }

    package func hash(into hasher: inout Hasher) { hasher.combine(der) }

    /// Whether the number lies in 1…n−1; not left to the library, since zeros here once opened everything elsewhere.
    private static func isScalar(_ number: ArraySlice<UInt8>) -> Bool {
        number.contains { $0 != 0 } && number.lexicographicallyPrecedes(order)
    }
}

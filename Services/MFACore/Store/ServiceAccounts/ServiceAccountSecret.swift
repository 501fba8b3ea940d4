// SPDX-License-Identifier: Apache-2.0
import Crypto
package import Primitives

/// A generated secret of a service account: `cs_<id>_<32 random bytes in base64url>`.
///
/// The id finds the row; of the whole text only its SHA-256 is stored. At 256 random bits a slow hash would add
/// nothing but a way to exhaust the doorman.
package struct ServiceAccountSecret: Sendable {
    /// Without underscore, so that the text falls apart in one way only, and without letters that look like digits.
    private static let alphabet = Array("abcdefghjkmnpqrstuvwxyz23456789".utf8)
    private static let idLength = 10

    package let id: String
    /// The whole text, to be shown once.
    package let text: SecretBytes
    /// SHA-256 of the whole text.
    package let hash: [UInt8]

    package init(random: any RandomSource) {
        var id: [UInt8] = []
        while id.count < Self.idLength {
            // The largest multiple of the alphabet's length in a byte; larger values would favour its beginning.
            let bound = 256 / Self.alphabet.count * Self.alphabet.count
            for byte in random.bytes(Self.idLength) where Int(byte) < bound && id.count < Self.idLength {
                id.append(Self.alphabet[Int(byte) % Self.alphabet.count])
            }
        }
        self.id = String(decoding: id, as: UTF8.self)
        let text = "cs_\(self.id)_\(Base64URL.encode(random.bytes(32)))"
        self.text = SecretBytes(utf8: text)
        hash = Array(SHA256.hash(data: Array(text.utf8)))
    }
}

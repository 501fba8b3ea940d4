// SPDX-License-Identifier: Apache-2.0
internal import Crypto
internal import Foundation
package import HTTPKit
package import Primitives

/// The 256 random bits in the session cookie. The server keeps no copy, only ``hash``.
///
/// Everything else that belongs to the session is derived from it, so that a new id makes all of it worthless at once.
package struct SessionID: Sendable {
    private static let byteCount = 32

    private let secret: SecretBytes

    /// A fresh id.
    package init(random: some RandomSource = SystemRandomSource()) {
        secret = SecretBytes(utf8: Base64URL.encode(random.bytes(Self.byteCount)))
    }

    /// The id in a cookie; nil for anything that this portal did not make.
    package init?(cookie text: String?) {
        guard let text, Base64URL.decode(text)?.count == Self.byteCount else { return nil }
        secret = SecretBytes(utf8: text)
    }

    /// What stands in the cookie.
    package var cookieValue: String {
        secret.withBytes { String(decoding: $0, as: UTF8.self) }
    }

    /// SHA-256 of the cookie's value: the key of the session's row.
    package var hash: [UInt8] {
        secret.withBytes { Array(SHA256.hash(data: $0)) }
    }

    /// The token of this session's forms (R76). It is derived, so an anonymous visitor has one without a row.
    package var formToken: CSRFToken {
        let token = derived("form token").withUnsafeBytes { Base64URL.encode($0) }
        return CSRFToken(stored: SecretBytes(utf8: token))
    }

    /// The key under which the session's content is sealed.
    var sealingKey: SymmetricKey { derived("content") }

    /// HKDF (RFC 5869) with a purpose of its own for each value.
    private func derived(_ purpose: String) -> SymmetricKey {
        secret.withBytes { bytes in
            HKDF<SHA256>.deriveKey(
                inputKeyMaterial: SymmetricKey(data: bytes),
                info: Data("countersign portal session v1: \(purpose)".utf8),
                outputByteCount: 32)
        }
    }
}

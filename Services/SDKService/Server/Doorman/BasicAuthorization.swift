// SPDX-License-Identifier: Apache-2.0
import Crypto
import FoundationEssentials

/// What an `Authorization` header of the scheme Basic (RFC 7617) claims; the secret itself is not kept.
package struct BasicAuthorization: Sendable {
    private static let randomLength = 43

    package let name: String
    /// The part of the secret that finds its record: `cs_<id>_<32 random bytes in base64url>`; empty for other texts.
    package let secretID: String
    /// SHA-256 of the whole secret.
    package let digest: [UInt8]

    /// Nil for anything but one well-formed Basic header with a name.
    package init?(_ field: String) {
        guard field.utf8.count <= Limits.authorizationBytesMax else { return nil }
        let parts = field.split(separator: " ", maxSplits: 1)
        guard parts.count == 2, parts[0].lowercased() == "basic",
            let pair = Data(base64Encoded: String(parts[1])), let colon = pair.firstIndex(of: UInt8(ascii: ":"))
        else { return nil }
        let secret = pair[pair.index(after: colon)...]
        guard let name = String(validating: pair[..<colon], as: UTF8.self), !name.isEmpty else { return nil }
        self.name = name
        digest = Array(SHA256.hash(data: secret))
        secretID = Self.id(in: secret)
    }

    private static func id(in secret: Data) -> String {
        let frame = Data("cs_".utf8)
        guard secret.starts(with: frame), secret.count > frame.count + 1 + randomLength else { return "" }
        let rest = secret.dropFirst(frame.count).dropLast(randomLength)
        guard rest.last == UInt8(ascii: "_") else { return "" }
        return String(validating: rest.dropLast(), as: UTF8.self) ?? ""
    }
}

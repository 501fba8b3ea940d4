// SPDX-License-Identifier: Apache-2.0
import Crypto
import Primitives

/// The form that all signed messages share: UTF-8 lines joined by a line feed, none at the end.
enum SignedLines {
    /// The bytes of `lines`, or nil when one holds a line feed: it could pass for two lines of another meaning.
    ///
    /// Looks at bytes, because Swift counts CR LF as one character that is not equal to LF.
    static func bytes(of lines: [String]) -> [UInt8]? {
        guard lines.allSatisfy({ !$0.utf8.contains(UInt8(ascii: "\n")) }) else { return nil }
        return Array(lines.map(\.utf8).joined(separator: [UInt8(ascii: "\n")]))
    }

    /// The line that stands for `bytes`: base64url of their SHA-256.
    static func digest(_ bytes: [UInt8]) -> String {
        Base64URL.encode(SHA256.hash(data: bytes))
    }
}

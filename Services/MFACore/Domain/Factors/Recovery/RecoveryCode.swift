// SPDX-License-Identifier: Apache-2.0
package import Primitives

/// One recovery code: twenty decimal digits, 66 random bits (R79; NIST SP 800-63B-4 §4.2.1.1 asks for 64).
///
/// They are digits so that a code can be typed wherever a passcode can, and twenty so that it is never taken for one.
/// Printing hides it.
package struct RecoveryCode: Sendable, CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
    package static let digits = 20
    /// Codes in one set.
    package static let perSet = 10
    /// Bytes of a typed text worth looking at: the digits, and more separators than anybody types.
    private static let typedBytesMax = 64
    /// Digits that are shown together.
    private static let groupDigits = 5

    private let canonical: String

    /// A fresh code, every one equally likely.
    package init(from random: some RandomSource) {
        canonical = random.decimal(digits: Self.digits)
    }

    /// Reads what a person typed, spaces and hyphens anywhere; anything but twenty digits is nil.
    package init?(parsing typed: some StringProtocol) {
        guard typed.utf8.count <= Self.typedBytesMax else { return nil }
        let symbols = typed.utf8.filter { $0 != UInt8(ascii: " ") && $0 != UInt8(ascii: "-") }
        guard symbols.count == Self.digits,
            symbols.allSatisfy({ (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) })
        else { return nil }
        canonical = String(decoding: symbols, as: UTF8.self)
    }

    /// What is hashed: the digits alone.
    package var secret: SecretBytes { SecretBytes(utf8: canonical) }

    /// The code as it is shown, in four groups: `48205-93711-60284-11937`.
    package var text: String {
        let digits = Array(canonical)
        return stride(from: 0, to: digits.count, by: Self.groupDigits)
            .map { String(digits[$0..<min($0 + Self.groupDigits, digits.count)]) }
            .joined(separator: "-")
    }

    package var description: String { "RecoveryCode" }
    package var debugDescription: String { description }
    package var customMirror: Mirror { Mirror(self, children: []) }
}

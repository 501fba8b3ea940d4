// SPDX-License-Identifier: Apache-2.0
package import Primitives

/// The code that is typed together with a user name where no camera is at hand: eight symbols, 40 random bits.
///
/// The symbols are those of Crockford's base 32, which leaves out I, L, O and U. Compare and hash ``canonical``; the
/// signed message holds the code as it was typed. Printing hides it.
package struct ActivationCode: Sendable, CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
    private static let alphabet = Array("0123456789ABCDEFGHJKMNPQRSTVWXYZ".utf8)

    /// The eight symbols in upper case, without separator.
    package let canonical: String

    /// A fresh code, every one equally likely.
    package init(from random: some RandomSource) {
        let symbols = random.bytes(DeviceProtocolLimits.activationCodeSymbols).map { Self.alphabet[Int($0 & 31)] }
        canonical = String(decoding: symbols, as: UTF8.self)
    }

    /// Reads what a person typed: either case, O for 0, I and L for 1, spaces and hyphens anywhere; else nil.
    package init?(parsing typed: some StringProtocol) {
        guard typed.utf8.count <= DeviceProtocolLimits.activationCodeTypedBytesMax else { return nil }
        var symbols: [UInt8] = []
        for character in typed.utf8 where character != UInt8(ascii: " ") && character != UInt8(ascii: "-") {
            guard let symbol = Self.symbol(character) else { return nil }
            symbols.append(symbol)
        }
        guard symbols.count == DeviceProtocolLimits.activationCodeSymbols else { return nil }
        canonical = String(decoding: symbols, as: UTF8.self)
    }

    /// The code as it is shown, in two groups: `7K3M-X9QT`.
    package var text: String {
        "\(canonical.prefix(4))-\(canonical.dropFirst(4))"
    }

    package var description: String { "ActivationCode" }
    package var debugDescription: String { description }
    package var customMirror: Mirror { Mirror(self, children: []) }

    private static func symbol(_ character: UInt8) -> UInt8? {
        let isLower = (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(character)
        let upper = isLower ? character - 32 : character
        switch upper {
        case UInt8(ascii: "O"): return UInt8(ascii: "0")
        case UInt8(ascii: "I"), UInt8(ascii: "L"): return UInt8(ascii: "1")
        default: return alphabet.contains(upper) ? upper : nil
        }
    }
}

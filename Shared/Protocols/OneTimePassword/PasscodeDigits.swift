// SPDX-License-Identifier: Apache-2.0

/// The digits of a passcode, parsed once: whoever holds one compares numbers, never spellings.
///
/// Printing shows only how many digits there are; ``text`` is the one way to see them.
package struct PasscodeDigits: Sendable, CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
    /// How many digits there are, leading zeros included.
    package let count: Int
    private let value: UInt32

    /// Reads 6 to 8 ASCII digits and nothing else: no sign, no space, no separator, no digits of other scripts.
    ///
    /// A spelling that was tidied up could pass again for a passcode that is already spent, so nothing is tidied.
    package init?(parsing text: some StringProtocol) {
        let characters = text.utf8
        guard OneTimePasswordLimits.digits.contains(characters.count) else { return nil }
        var value: UInt32 = 0
        for character in characters {
            guard (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(character) else { return nil }
            value = value * 10 + UInt32(character - UInt8(ascii: "0"))
        }
        self.init(value: value, count: characters.count)
    }

    init(value: UInt32, count: Int) {
        self.value = value
        self.count = count
    }

    /// The digits as a person types them, leading zeros kept.
    package var text: String {
        let digits = String(value)
        return String(repeating: "0", count: count - digits.utf8.count) + digits
    }

    /// Whether both are the same digits; the time taken does not tell where they differ.
    package func matches(_ other: Self) -> Bool {
        (value ^ other.value) | UInt32(truncatingIfNeeded: count ^ other.count) == 0
    }

    package var description: String { "PasscodeDigits(\(count) digits)" }
    package var debugDescription: String { description }
    package var customMirror: Mirror { Mirror(self, children: []) }
}

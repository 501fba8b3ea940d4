// SPDX-License-Identifier: Apache-2.0
package import Primitives

/// The number that the login page shows and the person types into the phone; leading zeros count.
///
/// Printing shows only how many digits there are, so that it does not reach a log beside the challenge it opens.
package struct NumberEntry: Sendable, CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
    /// The digits as shown, typed and signed.
    package let text: String

    /// Reads 2 to 8 ASCII digits and nothing else.
    package init?(parsing text: some StringProtocol) {
        guard DeviceProtocolLimits.numberDigits.contains(text.utf8.count),
            text.utf8.allSatisfy({ (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) })
        else { return nil }
        self.text = String(text)
    }

    /// A fresh number of `digits` (2–8) digits, every one equally likely.
    package init(digits: Int, from random: some RandomSource) {
        precondition(DeviceProtocolLimits.numberDigits.contains(digits), "a number to enter has 2 to 8 digits")
        text = random.decimal(digits: digits)
    }

    /// How many digits there are.
    package var count: Int { text.utf8.count }

    /// Whether both are the same digits; the time taken does not tell where they differ.
    package func matches(_ other: Self) -> Bool {
        ConstantTime.equal(text.utf8, other.text.utf8)
    }

    package var description: String { "NumberEntry(\(count) digits)" }
    package var debugDescription: String { description }
    package var customMirror: Mirror { Mirror(self, children: []) }
}

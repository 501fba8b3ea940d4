// SPDX-License-Identifier: Apache-2.0

internal import Primitives

/// `timestamptz` in text form, as written and read on our connections (`DateStyle` ISO, `TimeZone` UTC).
enum TimestampText {
    /// RFC 3339 with all six digits; ``Instant/description`` keeps only milliseconds.
    static func encode(_ instant: Instant) -> String {
        let fraction = String(instant.microseconds - instant.seconds * 1_000_000)
        let zeros = String(repeating: "0", count: 6 - fraction.utf8.count)
        return instant.description.prefix(while: { $0 != "." }) + "." + zeros + fraction + "Z"
    }

    /// Reads `2026-01-02 03:04:05.678901+00`; infinity, years before Christ and other offsets are nil.
    static func decode(_ text: String) -> Instant? {
        guard text.hasSuffix("+00") else { return nil }
        let parts = text.dropLast(3).split(separator: " ", omittingEmptySubsequences: false)
        guard parts.count == 2 else { return nil }
        return Instant("\(parts[0])T\(parts[1])Z")
    }
}

// SPDX-License-Identifier: Apache-2.0

/// A point in time in microseconds since 1970-01-01T00:00:00Z, which is what PostgreSQL keeps.
package struct Instant: Hashable, Comparable, Sendable, CustomStringConvertible {
    /// Microseconds since 1970, negative before it.
    package let microseconds: Int64

    package init(microseconds: Int64) {
        self.microseconds = microseconds
    }

    /// Whole seconds since 1970.
    package init(seconds: Int64) {
        self.microseconds = seconds * 1_000_000
    }

    /// Whole seconds since 1970, rounded down.
    package var seconds: Int64 {
        microseconds >= 0 ? microseconds / 1_000_000 : (microseconds - 999_999) / 1_000_000
    }

    package static func < (left: Self, right: Self) -> Bool { left.microseconds < right.microseconds }

    package static func + (left: Self, right: Duration) -> Self {
        Self(microseconds: left.microseconds + right.wholeMicroseconds)
    }

    package static func - (left: Self, right: Duration) -> Self {
        Self(microseconds: left.microseconds - right.wholeMicroseconds)
    }

    package static func - (left: Self, right: Self) -> Duration {
        .microseconds(left.microseconds - right.microseconds)
    }

    /// RFC 3339 in UTC with milliseconds, such as `2026-01-02T03:04:05.678Z`.
    package var description: String {
        let days = (seconds >= 0 ? seconds : seconds - 86_399) / 86_400
        let second = seconds - days * 86_400
        let date = CivilDate(daysSince1970: days)
        let milliseconds = (microseconds - seconds * 1_000_000) / 1_000
        return "\(Self.padded(date.year, 4))-\(Self.padded(date.month, 2))-\(Self.padded(date.day, 2))"
            + "T\(Self.padded(second / 3600, 2)):\(Self.padded(second / 60 % 60, 2)):\(Self.padded(second % 60, 2))"
            + ".\(Self.padded(milliseconds, 3))Z"
    }

    /// Reads RFC 3339 §5.6 in UTC (`Z`), with or without a fraction; other offsets and impossible dates are nil.
    package init?(_ text: String) {
        let parts = Array(text.utf8)
        guard parts.count >= 20, parts.last == UInt8(ascii: "Z") else { return nil }
        func number(_ range: Range<Int>) -> Int64? {
            var value: Int64 = 0
            for character in parts[range] {
                guard (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(character) else { return nil }
                value = value * 10 + Int64(character - UInt8(ascii: "0"))
            }
            return value
        }
        for (index, mark) in [(4, "-"), (7, "-"), (10, "T"), (13, ":"), (16, ":")] as [(Int, Unicode.Scalar)] {
            guard parts[index] == UInt8(ascii: mark) else { return nil }
        }
        guard let year = number(0..<4), let month = number(5..<7), let day = number(8..<10),
            let hour = number(11..<13), let minute = number(14..<16), let second = number(17..<19),
            (1...12).contains(month), hour < 24, minute < 60, second < 60,
            let date = CivilDate(year: year, month: month, day: day)
        else { return nil }
        var fraction: Int64 = 0
        if parts.count > 20 {
            let digits = 20..<(parts.count - 1)
            guard parts[19] == UInt8(ascii: "."), (1...6).contains(digits.count), let value = number(digits) else {
                return nil
            }
            fraction = (digits.count..<6).reduce(value) { scaled, _ in scaled * 10 }
        }
        let seconds = date.daysSince1970 * 86_400 + hour * 3600 + minute * 60 + second
        self.microseconds = seconds * 1_000_000 + fraction
    }

    private static func padded(_ value: Int64, _ width: Int) -> String {
        let text = String(value)
        return String(repeating: "0", count: max(0, width - text.count)) + text
    }
}

extension Duration {
    /// The whole microseconds in this duration.
    package var wholeMicroseconds: Int64 {
        components.seconds * 1_000_000 + components.attoseconds / 1_000_000_000_000
    }

    /// The whole seconds in this duration, rounded up, so that a wait told to a person is never too short.
    package var secondsRoundedUp: Int64 {
        components.seconds + (components.attoseconds > 0 ? 1 : 0)
    }
}

extension Instant: Codable {
    package init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        guard let instant = Instant(try container.decode(String.self)) else {
            throw DecodingError.dataCorruptedError(
                in: container, debugDescription: "expected a time such as 2026-01-02T03:04:05Z")
        }
        self = instant
    }

    package func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(description)
    }
}

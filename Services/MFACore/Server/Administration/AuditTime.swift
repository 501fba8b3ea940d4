// SPDX-License-Identifier: Apache-2.0
import Primitives

/// A moment as administrators write it: a time in RFC 3339, a day (its beginning in UTC), or how long ago (`90m`, `24h`, `7d`).
enum AuditTime {
    /// Nil when it is none of these.
    static func parse(_ text: String, now: Instant) -> Instant? {
        if let instant = Instant(text) ?? Instant(text + "T00:00:00Z") { return instant }
        guard let unit = text.last, let count = Int64(text.dropLast()), (1...1_000_000).contains(count),
            text.first?.isNumber == true
        else { return nil }
        switch unit {
        case "m": return now - .seconds(count * 60)
        case "h": return now - .seconds(count * 3600)
        case "d": return now - .seconds(count * 86_400)
        default: return nil
        }
    }
}

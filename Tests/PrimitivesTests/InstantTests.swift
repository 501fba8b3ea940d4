// SPDX-License-Identifier: Apache-2.0
import Foundation
import Primitives
import Testing

@Suite struct `An instant` {
    @Test(
        arguments: [
            ("1970-01-01T00:00:00Z", 0, "1970-01-01T00:00:00.000Z"),
            ("1970-01-01T00:00:59Z", 59_000_000, "1970-01-01T00:00:59.000Z"),
            ("2005-03-18T01:58:29Z", 1_111_111_109_000_000, "2005-03-18T01:58:29.000Z"),
            ("2009-02-13T23:31:30Z", 1_234_567_890_000_000, "2009-02-13T23:31:30.000Z"),
            ("2603-10-11T11:33:20Z", 20_000_000_000_000_000, "2603-10-11T11:33:20.000Z"),
            ("2026-01-02T03:04:05.6Z", 1_767_323_045_600_000, "2026-01-02T03:04:05.600Z"),
            ("2026-01-02T03:04:05.678901Z", 1_767_323_045_678_901, "2026-01-02T03:04:05.678Z"),
            ("1969-12-31T23:59:59.999999Z", -1, "1969-12-31T23:59:59.999Z"),
            ("1969-12-31T00:00:00Z", -86_400_000_000, "1969-12-31T00:00:00.000Z"),
            ("9999-12-31T23:59:59Z", 253_402_300_799_000_000, "9999-12-31T23:59:59.000Z"),
            ("0001-01-01T00:00:00Z", -62_135_596_800_000_000, "0001-01-01T00:00:00.000Z"),
        ] as [(String, Int64, String)])
    func `is read and written as RFC 3339 in UTC`(text: String, microseconds: Int64, written: String) throws {
        let instant = try #require(Instant(text))
        #expect(instant.microseconds == microseconds)
        #expect(instant.description == written)
    }

    @Test(arguments: [
        "", "2026-01-02", "2026-01-02T03:04:05", "2026-01-02T03:04:05+00:00", "2026-01-02T03:04:05z",
        "2026-01-02t03:04:05Z", "2026-01-02 03:04:05Z", "2026-02-29T00:00:00Z", "2026-13-01T00:00:00Z",
        "2026-00-01T00:00:00Z", "2026-01-00T00:00:00Z", "2026-01-02T24:00:00Z", "2026-01-02T23:60:00Z",
        "2026-12-31T23:59:60Z", "2026-01-02T03:04:05.Z", "2026-01-02T03:04:05.1234567Z", "2026-01-02T03:04:05.12aZ",
        "2026-01-02T03:04:05,5Z", "2026-01-02T03:04:055Z", "+026-01-02T03:04:05Z", "2026-01-0 T03:04:05Z",
        "２026-01-02T03:04:05Z", "2026-01-02T03:04:05Z ", "2026-01-02T03:04:05ZZ", "12026-01-02T03:04:05Z",
    ])
    func `is refused in every other form`(text: String) {
        #expect(Instant(text) == nil)
    }

    @Test func `counts whole seconds downwards`() {
        #expect(Instant(microseconds: 1_999_999).seconds == 1)
        #expect(Instant(microseconds: 0).seconds == 0)
        #expect(Instant(microseconds: -1).seconds == -1)
        #expect(Instant(microseconds: -1_000_000).seconds == -1)
        #expect(Instant(microseconds: -1_000_001).seconds == -2)
        #expect(Instant(seconds: -7).microseconds == -7_000_000)
    }

    @Test func `is moved and measured by durations`() {
        let start = Instant(seconds: 100)
        #expect(start + .seconds(20) == Instant(seconds: 120))
        #expect(start - .milliseconds(1) == Instant(microseconds: 99_999_000))
        #expect(Instant(seconds: 120) - start == .seconds(20))
        #expect(start - Instant(seconds: 120) == .seconds(-20))
        #expect(start < start + .microseconds(1))
        #expect(Duration.milliseconds(-1500).wholeMicroseconds == -1_500_000)
        #expect(Duration.seconds(3).secondsRoundedUp == 3)
        #expect((Duration.seconds(3) + .nanoseconds(1)).secondsRoundedUp == 4)
        #expect(Duration.zero.secondsRoundedUp == 0)
    }

    @Test func `stands in JSON as text`() throws {
        let instant = Instant(microseconds: 1_767_323_045_678_000)
        let data = try JSONEncoder().encode([instant])
        #expect(String(decoding: data, as: UTF8.self) == #"["2026-01-02T03:04:05.678Z"]"#)
        #expect(try JSONDecoder().decode([Instant].self, from: data) == [instant])
        #expect(throws: DecodingError.self) {
            try JSONDecoder().decode([Instant].self, from: Data(#"["yesterday"]"#.utf8))
        }
    }
}

// SPDX-License-Identifier: Apache-2.0
import Primitives
import Testing

@Suite struct `A civil date` {
    @Test(
        arguments: [
            (1970, 1, 1, 0), (1969, 12, 31, -1), (2000, 2, 29, 11_016), (2000, 3, 1, 11_017), (2001, 1, 1, 11_323),
            (2026, 1, 2, 20_455), (2038, 1, 19, 24_855), (2603, 10, 11, 231_481), (1600, 3, 1, -135_080),
            (0, 3, 1, -719_468), (1, 1, 1, -719_162), (9999, 12, 31, 2_932_896),
        ] as [(Int64, Int64, Int64, Int64)])
    func `lies its number of days from 1970`(year: Int64, month: Int64, day: Int64, days: Int64) throws {
        let date = try #require(CivilDate(year: year, month: month, day: day))
        #expect(date.daysSince1970 == days)
        #expect(CivilDate(daysSince1970: days) == date)
    }

    @Test(
        arguments: [
            (2026, 2, 29), (1900, 2, 29), (2100, 2, 29), (2024, 2, 30), (2026, 4, 31), (2026, 6, 31), (2026, 9, 31),
            (2026, 11, 31), (2026, 1, 32), (2026, 1, 0), (2026, 0, 1), (2026, 13, 1), (2026, -1, 1), (2026, 1, -1),
        ] as [(Int64, Int64, Int64)])
    func `is a day that its month has`(year: Int64, month: Int64, day: Int64) {
        #expect(CivilDate(year: year, month: month, day: day) == nil)
    }

    @Test(arguments: [1904, 1996, 2000, 2024, 2400] as [Int64])
    func `knows leap years`(year: Int64) {
        #expect(CivilDate(year: year, month: 2, day: 29) != nil)
    }

    @Test func `follows the day before it, for 800 years`() throws {
        var yesterday = CivilDate(daysSince1970: -146_097)
        for days in Int64(-146_096)...146_097 {
            let today = CivilDate(daysSince1970: days)
            let isNext =
                today.day == yesterday.day + 1 && today.month == yesterday.month && today.year == yesterday.year
            let isFirst = today.day == 1 && (today.month == yesterday.month % 12 + 1)
            try #require(isNext || isFirst, "\(yesterday) is followed by \(today)")
            try #require(today.daysSince1970 == days)
            yesterday = today
        }
    }
}

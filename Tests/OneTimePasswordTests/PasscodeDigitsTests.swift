// SPDX-License-Identifier: Apache-2.0
import OneTimePassword
import Testing

@Suite struct `Passcode digits` {
    @Test(arguments: ["000000", "755224", "0755224", "07081804", "99999999"])
    func `keep what was typed`(text: String) throws {
        let digits = try #require(PasscodeDigits(parsing: text))
        #expect(digits.text == text)
        #expect(digits.count == text.utf8.count)
    }

    @Test(arguments: [  // R5, R11
        "", "0", "75522", "755224755", " 755224", "755224 ", "755224\n", "755224\r\n", "755224\0", "\0755224",
        "755 224", "755-224", "+755224", "-755224", "75522a", "0x7552", "7552.24", "7e5224", "１２３４５６",
        "٧٥٥٢٢٤", "७५५२२४", "755224\u{301}", "755\u{200b}224", "' OR 1=1--", "¹²³⁴⁵⁶",
    ])
    func `are six to eight ASCII digits and nothing else`(text: String) {
        #expect(PasscodeDigits(parsing: text) == nil)
    }

    @Test func `are refused by length before they are read`() {  // R11
        #expect(PasscodeDigits(parsing: String(repeating: "1", count: 1 << 20)) == nil)
    }

    @Test func `match by number and length`() throws {
        let digits = try #require(PasscodeDigits(parsing: "755224"))
        let same = try #require(PasscodeDigits(parsing: "755224"))
        let other = try #require(PasscodeDigits(parsing: "755225"))
        let longer = try #require(PasscodeDigits(parsing: "0755224"))
        #expect(digits.matches(same))
        #expect(!digits.matches(other))
        #expect(!digits.matches(longer))
    }

    @Test func `do not show themselves when printed`() throws {
        let digits = try #require(PasscodeDigits(parsing: "755224"))
        var dumped = ""
        dump(digits, to: &dumped)
        for shown in ["\(digits)", String(reflecting: digits), dumped, "\([digits])", "\(Optional(digits) as Any)"] {
            #expect(!shown.contains("755224"))
            #expect(shown.contains("6 digits"))
        }
    }
}

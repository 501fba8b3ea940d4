// SPDX-License-Identifier: Apache-2.0
import DeviceProtocol
import Primitives
import Testing

@Suite struct `A number to enter` {
    @Test(arguments: ["00", "007", "048392", "99999999"])
    func `keeps leading zeros`(text: String) throws {
        let number = try #require(NumberEntry(parsing: text))
        #expect(number.text == text)
        #expect(number.count == text.utf8.count)
    }

    @Test(arguments: [
        "", "1", "123456789", " 48392", "48392 ", "483 92", "+4839", "-4839", "48392\n", "４８３９２", "48a92", "4\u{301}8",
    ])
    func `is two to eight ASCII digits`(text: String) {
        #expect(NumberEntry(parsing: text) == nil)
    }

    @Test func `matches the same digits only`() throws {
        let number = try #require(NumberEntry(parsing: "048392"))
        #expect(number.matches(try #require(NumberEntry(parsing: "048392"))))
        for other in ["048393", "148392", "48392", "0048392"] {
            #expect(!number.matches(try #require(NumberEntry(parsing: other))))
        }
    }

    /// χ² over the digits of 10 000 numbers: 9 degrees of freedom, 27.88 is p = 0.001; the seed makes it repeatable.
    @Test func `is drawn evenly and keeps its length`() {  // R25
        let random = SeededRandomSource(seed: 25)
        var counts = [Int](repeating: 0, count: 10)
        var leadingZeros = 0
        for _ in 0..<10_000 {
            let number = NumberEntry(digits: 6, from: random)
            #expect(number.count == 6)
            if number.text.hasPrefix("0") { leadingZeros += 1 }
            for character in number.text.utf8 { counts[Int(character - UInt8(ascii: "0"))] += 1 }
        }
        let chiSquare = counts.reduce(0.0) { $0 + (Double($1) - 6000) * (Double($1) - 6000) / 6000 }
        #expect(chiSquare < 27.88)
        #expect((850...1150).contains(leadingZeros))
    }

    @Test(arguments: 2...8)
    func `has as many digits as asked for`(digits: Int) {
        #expect(NumberEntry(digits: digits, from: SystemRandomSource()).count == digits)
    }

    @Test func `does not show itself when printed`() throws {
        let number = try #require(NumberEntry(parsing: "048392"))
        var dumped = ""
        dump(number, to: &dumped)
        for shown in ["\(number)", String(reflecting: number), dumped] {
            #expect(!shown.contains("048392"))
        }
    }
}

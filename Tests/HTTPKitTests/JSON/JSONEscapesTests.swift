// SPDX-License-Identifier: Apache-2.0
import Testing

// R73: strings are UTF-8 and their escapes mean exactly one text.
@Suite struct JSONEscapesTests {
    @Test(arguments: [
        #"\ud800"#, #"\udc00"#, #"\ud800x"#, #"\ud800\n"#, #"\ud800\u0041"#, #"\ud800\ud800"#, #"\udbff\ue000"#,
        #"\udc00\ud800"#, #"\ud83d\ude0"#,
    ])
    func `refuses half a surrogate pair`(text: String) {
        #expect(JSONScanTests.verdict(#"{"a":"\#(text)"}"#) != nil)
    }

    @Test(arguments: [#"\a"#, #"\'"#, #"\0"#, #"\x41"#, #"\u"#, #"\u12"#, #"\u12g4"#, #"\U0041"#, #"\u{41}"#, #"\ "#])
    func `refuses escapes that JSON does not have`(text: String) {
        #expect(JSONScanTests.verdict(#"{"a":"\#(text)"}"#) != nil)
    }

    /// RFC 3629 §4: the byte sequences next to the edges of its table.
    @Test(
        arguments: [
            [0x80], [0xBF], [0xC0, 0x80], [0xC1, 0xBF], [0xC2], [0xC2, 0x41], [0xE0, 0x9F, 0xBF], [0xE0, 0xA0],
            [0xED, 0xA0, 0x80], [0xED, 0xBF, 0xBF], [0xE2, 0x82], [0xE2, 0x82, 0x41], [0xF0, 0x8F, 0xBF, 0xBF],
            [0xF4, 0x90, 0x80, 0x80], [0xF5, 0x80, 0x80, 0x80], [0xF0, 0x9F, 0x98], [0xFE], [0xFF],
        ] as [[UInt8]])
    func `refuses bytes that are no UTF-8`(bytes: [UInt8]) {
        #expect(JSONScanTests.verdict(Array(#"{"a":""#.utf8) + bytes + Array(#""}"#.utf8)) != nil)
    }

    @Test(
        arguments: [
            [0xC2, 0x80], [0xDF, 0xBF], [0xE0, 0xA0, 0x80], [0xED, 0x9F, 0xBF], [0xEE, 0x80, 0x80], [0xEF, 0xBF, 0xBF],
            [0xF0, 0x90, 0x80, 0x80], [0xF4, 0x8F, 0xBF, 0xBF],
        ] as [[UInt8]])
    func `accepts the first and last scalars of each length`(bytes: [UInt8]) {
        #expect(JSONScanTests.verdict(Array(#"{"a":""#.utf8) + bytes + Array(#""}"#.utf8)) == nil)
    }

    @Test func `knows a key in every escaped spelling`() {
        #expect(JSONScanTests.verdict(#"{"li\u0073t":[],"\u0069nner":{"\u0078":1}}"#) == nil)
        #expect(JSONScanTests.verdict(#"{"\ud83d\ude00":1}"#) != nil)
        #expect(JSONScanTests.verdict(#"{"a\n":1}"#) != nil)
    }
}

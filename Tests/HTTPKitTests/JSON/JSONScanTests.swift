// SPDX-License-Identifier: Apache-2.0
import HTTPKit
import NIOCore
import Testing

// R73: what two readers could understand differently is refused before any decoder sees it.
@Suite struct JSONScanTests {
    private static let shape = JSONShape(keyPaths: ["a", "b", "list", "list[]", "list[].k", "inner", "inner.x"])

    static func verdict(_ text: String) -> String? {
        verdict(Array(text.utf8))
    }

    static func verdict(_ bytes: [UInt8], depthMax: Int = 32) -> String? {
        do throws(Problem) {
            try StrictJSON.check(ByteBuffer(bytes: bytes), shape: shape, limits: .init(depthMax: depthMax))
            return nil
        } catch {
            return error.detail
        }
    }

    @Test(arguments: [
        "{}", " \t\r\n{ } \n", #"{"a":1}"#, #"{"a":"","b":null}"#, #"{"a":-0.0e+10}"#, #"{"a":1E5,"b":0.1}"#,
        #"{"a":[],"b":{}}"#, #"{"a":[1,"x",true,false,null,[2]]}"#, #"{"list":[{"k":1},{"k":2},{}]}"#,
        #"{"inner":{"x":[[]]}}"#, #"{"\u0061":1}"#, #"{"a":"\"\\\/\b\f\n\r\t\u00e9"}"#, #"{"a":"\ud83d\ude00"}"#,
        "{\"a\":\"é€😀\u{7f}\"}", #"{"a":"\u0000"}"#, #"{"a":"\uD7FF\uE000\uFFFF"}"#, #"{"a" : 1 , "b" : 2}"#,
    ])
    func `accepts well-formed text`(text: String) {
        #expect(Self.verdict(text) == nil)
    }

    @Test(arguments: [
        "", "  ", "[]", "1", "null", #""a""#, "{", "}", "{}}", "{}{}", "{},", "{} x", #"{"a"}"#, #"{"a":}"#,
        #"{"a":1,}"#, #"{,"a":1}"#, #"{"a":1 "b":2}"#, #"{a:1}"#, #"{'a':1}"#, #"{"a":'x'}"#, #"{"a":1;"b":2}"#,
        #"{"a"::1}"#, #"{"a":1/*c*/}"#, #"{"a":1}//c"#, #"{"a":[1,]}"#, #"{"a":[,1]}"#, #"{"a":[1 2]}"#,
        #"{"a":[1"#, #"{"a":[}"#, #"{"a":[}]"#, #"{"a":"x"#, #"{"a":"x\"}"#, #"{"a":tru}"#, #"{"a":True}"#,
        #"{"a":nul}"#, #"{"a":nullx}"#, #"{"a":NaN}"#, #"{"a":Infinity}"#, #"{"a":-Infinity}"#,
    ])
    func `refuses malformed text`(text: String) {
        #expect(Self.verdict(text) != nil)
    }

    @Test(arguments: [
        "+1", "01", "-01", "-", "1.", ".5", "1.e5", "1e", "1e+", "0x10", "1_000", "1.5.5", "--1", "0e", "1 2", "１",
    ])
    func `refuses sloppy numbers`(number: String) {
        #expect(Self.verdict(#"{"a":\#(number)}"#) != nil)
    }

    @Test(arguments: ["0", "-0", "10", "1.0", "-1.25e-7", "123456789012345678901234567890", "1e400"])
    func `accepts numbers of the grammar`(number: String) {
        #expect(Self.verdict(#"{"a":\#(number)}"#) == nil)
    }

    @Test func `refuses control characters in strings`() {
        for byte in UInt8(0)..<0x20 {
            #expect(Self.verdict(Array(#"{"a":"x"#.utf8) + [byte] + Array(#""}"#.utf8)) != nil)
        }
    }

    @Test func `refuses a byte order mark and other encodings`() {
        #expect(Self.verdict([0xEF, 0xBB, 0xBF] + Array("{}".utf8)) != nil)
        #expect(Self.verdict("{}".utf16.flatMap { [UInt8($0 & 0xff), UInt8($0 >> 8)] }) != nil)
        #expect(Self.verdict("{}".utf16.flatMap { [UInt8($0 >> 8), UInt8($0 & 0xff)] }) != nil)
        #expect(Self.verdict([0, 0, 0, 0x7b, 0, 0, 0, 0x7d]) != nil)
    }

    @Test func `refuses a key that stands there twice, also in another spelling`() {
        #expect(Self.verdict(#"{"a":1,"a":2}"#) == "The key “a” stands there twice.")
        #expect(Self.verdict(#"{"a":1,"b":2,"\u0061":3}"#) == "The key “a” stands there twice.")
        #expect(Self.verdict(#"{"list":[{"k":1,"k":1}]}"#) == "The key “list[].k” stands there twice.")
        // The same key in two objects is none of that.
        #expect(Self.verdict(#"{"list":[{"k":1},{"k":1}]}"#) == nil)
    }

    @Test func `refuses unknown keys at every level`() {
        #expect(Self.verdict(#"{"c":1}"#) == "The key “c” is not known.")
        #expect(Self.verdict(#"{"A":1}"#) == "The key “A” is not known.")
        #expect(Self.verdict(#"{"list":[{"x":1}]}"#) == "The key “list[].x” is not known.")
        #expect(Self.verdict(#"{"inner":{"k":1}}"#) == "The key “inner.k” is not known.")
        #expect(Self.verdict(#"{"a":{"b":1}}"#) == "The value of “a” has another type.")
        #expect(Self.verdict(#"{"a":[[{"b":1}]]}"#) != nil)
        #expect(Self.verdict(#"{"":1}"#) != nil)
    }

    @Test func `repeats only names to the caller`() throws {
        let detail = try #require(Self.verdict(#"{"<script>alert(1)":1}"#))
        #expect(!detail.contains("script"))
        let long = String(repeating: "x", count: 65)
        #expect(Self.verdict(#"{"\#(long)":1}"#)?.contains(long) == false)
    }

    @Test func `counts how deep objects and lists stand within one another`() {
        func nested(_ levels: Int) -> [UInt8] {
            // The outermost object is the first level.
            Array(#"{"a":"#.utf8) + [UInt8](repeating: UInt8(ascii: "["), count: levels - 1)
                + [UInt8](repeating: UInt8(ascii: "]"), count: levels - 1) + Array("}".utf8)
        }
        #expect(Self.verdict(nested(32)) == nil)
        #expect(Self.verdict(nested(33)) == "The body is nested deeper than 32 levels.")
        #expect(Self.verdict([UInt8](repeating: UInt8(ascii: "["), count: 10_000)) != nil)
        #expect(Self.verdict(nested(4), depthMax: 3) == "The body is nested deeper than 3 levels.")
    }

    @Test func `no text cut short is accepted`() {
        let text = Array(#"{"a":"é\ud83d\ude00","b":[-1.5e+3,true,null],"list":[{"k":""}]}"#.utf8)
        #expect(Self.verdict(text) == nil)
        for length in 0..<text.count {
            #expect(Self.verdict(Array(text[..<length])) != nil, "cut to \(length) bytes")
        }
    }

    @Test func `no changed byte leads past the end`() {
        // Whatever the answer is, it is an answer: a fault would end the process.
        let text = Array(#"{"a":"é\ud83d\ude00","b":[-1.5e+3,true,null],"list":[{"k":""}]}"#.utf8)
        var refused = 0
        for index in text.indices {
            for byte in UInt8.min...UInt8.max {
                var changed = text
                changed[index] = byte
                if Self.verdict(changed) != nil { refused += 1 }
            }
        }
        #expect(refused > text.count * 100)
    }
}

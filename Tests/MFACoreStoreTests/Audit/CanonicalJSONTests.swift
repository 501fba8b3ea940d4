// SPDX-License-Identifier: Apache-2.0
import MFACoreStore
import Testing

/// R86: what is hashed has one form only.
struct CanonicalJSONTests {
    private func ordered(_ text: String) -> String {
        String(decoding: CanonicalJSON.ordered(Array(text.utf8)), as: UTF8.self)
    }

    @Test(arguments: [
        ("{}", "{}"), ("{ }", "{}"), ("[ ]", "[]"), (#"{"bb": 1, "a": 2}"#, #"{"a":2,"bb":1}"#),
        // Keys by their bytes: capitals first, one that begins another before it.
        (#"{"ab": 1, "a": 2, "B": 3, "a b": 4}"#, #"{"B":3,"a":2,"a b":4,"ab":1}"#),
        (
            #"{"a": {"d": [1, {"y": null, "x": true}, []], "c": "d, {e: \"f\"} \\"}}"#,
            #"{"a":{"c":"d, {e: \"f\"} \\","d":[1,{"x":true,"y":null},[]]}}"#
        ),
        (#"[[], [1.50, -2e10], "é"]"#, #"[[],[1.50,-2e10],"é"]"#), ("12", "12"), (#""a""#, #""a""#),
    ])
    func `members are put in order and white space goes`(text: String, expected: String) {
        #expect(ordered(text) == expected)
        #expect(ordered(expected) == expected)
    }

    @Test(arguments: [
        "", "{", "{\"a\"}", "{\"a\": }", "[1, ]", "\"a", "\"a\\", "{} {}", "{1: 2}", "[1 2]", "{\"a\": 1,}",
    ])
    func `what is no JSON stays as it is`(text: String) {
        #expect(ordered(text) == text)
    }

    @Test func `what is nested too deeply stays as it is, and is read without end of the stack`() {
        let deep = String(repeating: "[", count: 100_000) + String(repeating: "]", count: 100_000)
        #expect(ordered(deep) == deep)
    }

    @Test(arguments: [
        ("plain é \u{1F600} \u{7F}", "\"plain é \u{1F600} \u{7F}\""), ("a\"b\\c/", #""a\"b\\c/""#),
        ("\u{0}\u{8}\t\n\u{B}\u{C}\r\u{1F}", #""\u0000\b\t\n\u000b\f\r\u001f""#), ("", #""""#),
    ])
    func `strings have the escapes of RFC 8785 and no others`(text: String, expected: String) {
        var buffer: [UInt8] = []
        CanonicalJSON.append(string: text.utf8, to: &buffer)
        #expect(String(decoding: buffer, as: UTF8.self) == expected)
    }
}

// SPDX-License-Identifier: Apache-2.0
import Primitives
import Testing

@Suite struct PercentEncodingTests {
    @Test(arguments: [
        ("alice", "alice"), ("a b", "a%20b"), ("a+b/c?d", "a%2Bb%2Fc%3Fd"), ("Zoë~_-.", "Zo%C3%AB~_-."), ("\n", "%0A"),
        ("", ""),
    ])
    func `writes unreserved characters plainly and all others by bytes`(text: String, encoded: String) {
        #expect(PercentEncoding.encode(text) == encoded)
        #expect(PercentEncoding.decode(encoded) == text)
    }

    @Test(arguments: ["%", "%4", "%zz", "%C3", "%FF", "a%2"])
    func `refuses broken escapes and bytes that are not UTF-8`(text: String) {
        #expect(PercentEncoding.decode(text) == nil)
    }

    @Test func `leaves a plus sign alone`() {
        #expect(PercentEncoding.decode("a+b") == "a+b")
    }
}

// SPDX-License-Identifier: Apache-2.0
import Testing
import UserPortalServer

@Suite struct FormBodyTests {
    private func read(_ text: String) -> FormBody? {
        FormBody(Array(text.utf8), names: ["user", "password"])
    }

    @Test func `reads fields, spaces and percent sequences`() throws {
        let form = try #require(read("user=alice%40example+org&password=%C3%A4%2B%26%3D"))
        #expect(form["user"] == "alice@example org")
        #expect(form["password"] == "ä+&=")
        #expect(form["other"] == nil)
    }

    @Test func `reads empty values and an empty body`() throws {
        #expect(try #require(read("user=&password="))["user"] == "")
        #expect(try #require(read(""))["user"] == nil)
    }

    @Test(arguments: [
        "user", "user=a&", "&user=a", "user=a&&password=b", "user=a&user=b", "other=a", "user=%", "user=%4", "user=%zz",
        "user=%00", "user=%ff", "user=%C3", "user=a=b", "user=a b", "user=a\r\n", "user=ä", "%=a", "=a",
    ])
    func `refuses what no form of ours sends`(text: String) {
        #expect(read(text) == nil)
    }

    @Test func `has an end`() {
        let longest = "user=" + String(repeating: "a", count: FormBody.bytesMax - 5)
        #expect(read(longest) != nil)
        #expect(read(longest + "a") == nil)
    }

    /// A failed reading leaves nothing half-built, and no bytes end the process.
    @Test func `survives any bytes`() {
        var generator = Generator()
        let alphabet = Array("user=&%+0fF\u{0}\u{7f}ä".utf8)
        for _ in 0..<2_000 {
            let bytes = (0..<Int.random(in: 0...40, using: &generator)).map { _ in
                alphabet.randomElement(using: &generator) ?? 0
            }
            if let form = FormBody(bytes, names: ["user"]) { #expect(form["user"]?.contains("\u{0}") != true) }
        }
    }
}

/// SplitMix64: the same bytes in every run.
private struct Generator: RandomNumberGenerator {
    private var state: UInt64 = 42

    mutating func next() -> UInt64 {
        state &+= 0x9e37_79b9_7f4a_7c15
        var value = state
        value = (value ^ value >> 30) &* 0xbf58_476d_1ce4_e5b9
        value = (value ^ value >> 27) &* 0x94d0_49bb_1331_11eb
        return value ^ value >> 31
    }
}

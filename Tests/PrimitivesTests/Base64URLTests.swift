// SPDX-License-Identifier: Apache-2.0
import Primitives
import Testing

@Suite struct `Base 64 for URLs` {
    /// RFC 4648, §10, without padding.
    @Test(arguments: [
        ("", ""), ("f", "Zg"), ("fo", "Zm8"), ("foo", "Zm9v"), ("foob", "Zm9vYg"), ("fooba", "Zm9vYmE"),
        ("foobar", "Zm9vYmFy"),
    ])
    func `is that of the RFC`(plain: String, text: String) {
        #expect(Base64URL.encode(plain.utf8) == text)
        #expect(Base64URL.decode(text) == Array(plain.utf8))
    }

    @Test func `uses hyphen and underscore`() {
        #expect(Base64URL.encode([0xfb, 0xff, 0xfe]) == "-__-")
        #expect(Base64URL.decode("-__-") == [0xfb, 0xff, 0xfe])
    }

    @Test(arguments: [
        "Z", "Zm9vY", "Zg==", "Zm8=", "Zm9v====", "+__-", "-//-", "Zm9v\n", " Zm9v", "Zm 9v", "Zh", "Zm9", "Zｍ8v",
        "Zm9\0",
    ])
    func `has one spelling and refuses all others`(text: String) {
        #expect(Base64URL.decode(text) == nil)
    }

    @Test func `gives back every byte and every length`() {
        for count in 0...300 {
            let bytes = (0..<count).map { UInt8(truncatingIfNeeded: $0) }
            #expect(Base64URL.decode(Base64URL.encode(bytes)) == bytes)
        }
    }
}

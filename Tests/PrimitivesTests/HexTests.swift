// SPDX-License-Identifier: Apache-2.0
import Primitives
import Testing

@Suite struct `Hexadecimal` {
    /// RFC 4648, §10.
    @Test(arguments: [
        ("", ""), ("f", "66"), ("fo", "666f"), ("foo", "666f6f"), ("foob", "666f6f62"), ("fooba", "666f6f6261"),
        ("foobar", "666f6f626172"),
    ])
    func `is that of the RFC, lower case out and either case in`(plain: String, text: String) {
        #expect(Hex.encode(plain.utf8) == text)
        #expect(Hex.decode(text) == Array(plain.utf8))
        #expect(Hex.decode(text.uppercased()) == Array(plain.utf8))
    }

    @Test(arguments: [
        "6", "666", "6g", "g6", "0x66", "66 ", " 66", "6 6", "-1", "+1", "６６", "66\n6", "//", "::", "@@", "``",
    ])
    func `is refused with foreign characters and odd lengths`(text: String) {
        #expect(Hex.decode(text) == nil)
    }

    @Test func `gives back every byte`() {
        let bytes = Array(UInt8.min...UInt8.max)
        #expect(Hex.decode(Hex.encode(bytes)) == bytes)
        #expect(Hex.encode(bytes).utf8.count == 512)
    }
}

// SPDX-License-Identifier: Apache-2.0
import Primitives
import Testing

@Suite struct `Base 32` {
    /// RFC 4648, §10.
    static let vectors = [
        ("", ""), ("f", "MY======"), ("fo", "MZXQ===="), ("foo", "MZXW6==="), ("foob", "MZXW6YQ="),
        ("fooba", "MZXW6YTB"), ("foobar", "MZXW6YTBOI======"),
    ]

    @Test(arguments: vectors)
    func `is that of the RFC, padded or not, in either case`(plain: String, padded: String) {
        let bare = padded.filter { $0 != "=" }
        #expect(Base32.encode(plain.utf8) == bare)
        for text in [padded, bare, padded.lowercased(), bare.lowercased()] {
            #expect(Base32.decode(text) == Array(plain.utf8))
        }
    }

    @Test func `may be typed in groups`() {
        #expect(Base32.decode("mzxw 6ytb-oi") == Array("foobar".utf8))
        #expect(Base32.decode("MZXW 6YTB OI== ====") == Array("foobar".utf8))
    }

    @Test(arguments: [
        "M", "MZX", "MZXW6Y", "MZ", "MZXW6YQ1", "MZXW6YT0", "MZXW6YT8", "MZXW6YT9", "MY=====", "MY=", "M=Y=====",
        "=MY=====", "========", "MZXW6YTB========", "MZXW6YTB=", "MY\n", "МY", "MY\0", "M_",
    ])
    func `is refused with foreign characters, odd lengths, stray bits and bad padding`(text: String) {
        #expect(Base32.decode(text) == nil)
    }

    @Test func `gives back every length`() {
        for count in 0..<70 {
            let bytes = (0..<count).map { UInt8(truncatingIfNeeded: $0 &* 167 &+ 89) }
            #expect(Base32.decode(Base32.encode(bytes)) == bytes)
        }
    }
}

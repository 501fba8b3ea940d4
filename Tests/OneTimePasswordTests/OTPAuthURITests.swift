// SPDX-License-Identifier: Apache-2.0
import OneTimePassword
import Primitives
import Testing

@Suite struct `An otpauth URI` {
    private let secret = SecretBytes(utf8: "12345678901234567890")

    private func uri(
        _ kind: OTPAuthURI.Kind = .totp(period: 30), issuer: String = "Example", account: String = "alice"
    ) -> OTPAuthURI {
        OTPAuthURI(kind: kind, issuer: issuer, account: account, secret: secret, algorithm: .sha1, digits: 6)
    }

    @Test func `is written with every parameter`() {
        #expect(
            uri(issuer: "Café & Co", account: "alice@example.com").text
                == "otpauth://totp/Caf%C3%A9%20%26%20Co:alice%40example.com?secret=GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ"
                + "&issuer=Caf%C3%A9%20%26%20Co&algorithm=SHA1&digits=6&period=30")
        #expect(
            uri(.hotp(counter: 9)).text
                == "otpauth://hotp/Example:alice?secret=GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ&issuer=Example"
                + "&algorithm=SHA1&digits=6&counter=9")
    }

    @Test(arguments: [
        ("Example", "alice"), ("", "alice"), ("", "a:b"), ("My:Corp", "a:b"), ("A/B?C#D", "x&y=z%25"),
        ("Ünï", "名前"), ("Example", "Example:alice"), ("+", " + "), ("\u{7}", "\n"),
    ])
    func `reads what it wrote`(issuer: String, account: String) throws {
        for kind in [OTPAuthURI.Kind.totp(period: 60), .hotp(counter: 1 << 40)] {
            let written = OTPAuthURI(
                kind: kind, issuer: issuer, account: account, secret: secret, algorithm: .sha512, digits: 8)
            let read = try #require(OTPAuthURI(parsing: written.text))
            #expect(read.kind == kind)
            #expect(read.issuer == issuer)
            #expect(read.account == account)
            #expect(read.algorithm == .sha512)
            #expect(read.digits == 8)
            #expect(ConstantTime.equal(read.secret.withBytes { $0 }, secret.withBytes { $0 }))
        }
    }

    @Test func `is read with the usual defaults`() throws {
        let read = try #require(
            OTPAuthURI(parsing: "otpauth://totp/Example%3Aalice?issuer=Example&secret=mzxw6ytb&x=1"))
        #expect(read.kind == .totp(period: 30))
        #expect(read.issuer == "Example")
        #expect(read.account == "alice")
        #expect(read.algorithm == .sha1)
        #expect(read.digits == 6)
    }

    @Test(arguments: [
        "", "otpauth://", "otpauth://totp/", "otpauth://totp/a", "https://totp/a?secret=MZXW6YTB",
        "OTPAUTH://totp/a?secret=MZXW6YTB", "otpauth://motp/a?secret=MZXW6YTB", "otpauth://totp/?secret=MZXW6YTB",
        "otpauth://totp/Example:?secret=MZXW6YTB", "otpauth://totp/a/b?secret=MZXW6YTB",
        "otpauth://totp/a?secret=", "otpauth://totp/a?secret=M", "otpauth://totp/a?secret=0189",
        "otpauth://totp/a?secret=MZXW6YTB&secret=MZXW6YTB", "otpauth://totp/a?secret=MZXW6YTB&digits=5",
        "otpauth://totp/a?secret=MZXW6YTB&digits=9", "otpauth://totp/a?secret=MZXW6YTB&digits=+6",
        "otpauth://totp/a?secret=MZXW6YTB&digits=", "otpauth://totp/a?secret=MZXW6YTB&algorithm=MD5",
        "otpauth://totp/a?secret=MZXW6YTB&period=0", "otpauth://totp/a?secret=MZXW6YTB&period=3601",
        "otpauth://totp/a?secret=MZXW6YTB&period=-30", "otpauth://totp/a?secret=MZXW6YTB&period=99999999999999999999",
        "otpauth://hotp/a?secret=MZXW6YTB", "otpauth://hotp/a?secret=MZXW6YTB&counter=-1",
        "otpauth://hotp/a?secret=MZXW6YTB&counter=9223372036854775807", "otpauth://totp/a?secret=MZXW6YTB&",
        "otpauth://totp/a?secret=MZXW6YTB&a=b=c", "otpauth://totp/a%?secret=MZXW6YTB",
        "otpauth://totp/a%2?secret=MZXW6YTB", "otpauth://totp/a%zz?secret=MZXW6YTB",
        "otpauth://totp/a%ff?secret=MZXW6YTB", "otpauth://totp/a b?secret=MZXW6YTB",
        "otpauth://totp/é?secret=MZXW6YTB", "otpauth://totp/a?secret=MZXW6YTB?x=1",
    ])
    func `is refused when anything about it is wrong`(text: String) {
        #expect(OTPAuthURI(parsing: text) == nil)
    }

    @Test func `is refused when it is too long`() {
        let long = "otpauth://totp/\(String(repeating: "a", count: 4096))?secret=MZXW6YTB"
        #expect(OTPAuthURI(parsing: long) == nil)
    }

    /// Random changes of good URIs: whatever is still read is written and read again as the same.
    @Test func `never comes half-built from hostile bytes`() throws {
        var random = SeededGenerator(seed: 4226)
        let seeds = [uri().text, uri(.hotp(counter: 3)).text].map { Array($0.utf8) }
        var read = 0
        for round in 0..<4000 {
            var bytes = seeds[round % 2]
            for _ in 0...Int.random(in: 0...3, using: &random) {
                let place = Int.random(in: 0..<bytes.count, using: &random)
                switch Int.random(in: 0...2, using: &random) {
                case 0: bytes[place] = UInt8.random(in: 0...255, using: &random)
                case 1: bytes.remove(at: place)
                default: bytes.insert(bytes[Int.random(in: 0..<bytes.count, using: &random)], at: place)
                }
            }
            guard let first = OTPAuthURI(parsing: String(decoding: bytes, as: UTF8.self)) else { continue }
            read += 1
            let second = try #require(OTPAuthURI(parsing: first.text))
            #expect(first.text == second.text)
            #expect(!first.account.isEmpty && (6...8).contains(first.digits))
        }
        #expect(read > 100, "too few of the changed URIs were still readable to show anything")
    }
}

/// SplitMix64: the same numbers for the same seed, on every machine.
struct SeededGenerator: RandomNumberGenerator {
    private var state: UInt64

    init(seed: UInt64) {
        state = seed
    }

    mutating func next() -> UInt64 {
        state &+= 0x9e37_79b9_7f4a_7c15
        var value = state
        value = (value ^ value >> 30) &* 0xbf58_476d_1ce4_e5b9
        value = (value ^ value >> 27) &* 0x94d0_49bb_1331_11eb
        return value ^ value >> 31
    }
}

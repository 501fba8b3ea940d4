// SPDX-License-Identifier: Apache-2.0
import OneTimePassword
import Primitives
import Testing

@Suite struct `Passcodes of a secret` {
    /// RFC 4226, Appendix D.
    @Test(arguments: RFC4226Vectors.all.passcodes6.indices)  // R1
    func `are the six digits of the RFC`(counter: Int) {
        let passcode = RFC4226Vectors.all.passcodes6[counter]
        let secret = SecretBytes(utf8: RFC4226Vectors.all.keyASCII)
        #expect(HOTP.passcode(secret: secret, counter: UInt64(counter), digits: 6, algorithm: .sha1).text == passcode)
    }

    /// RFC 4226, Appendix D, decimal column modulo 10⁸; seven digits are the last seven of eight.
    @Test(arguments: RFC4226Vectors.all.passcodes8.indices)  // R1
    func `are the last seven or eight digits of the same number`(counter: Int) {
        let passcode = RFC4226Vectors.all.passcodes8[counter]
        let secret = SecretBytes(utf8: RFC4226Vectors.all.keyASCII)
        let eight = HOTP.passcode(secret: secret, counter: UInt64(counter), digits: 8, algorithm: .sha1)
        let seven = HOTP.passcode(secret: secret, counter: UInt64(counter), digits: 7, algorithm: .sha1)
        #expect(eight.text == passcode)
        #expect(seven.text == String(passcode.suffix(7)))
    }

    /// RFC 6238, Appendix B.
    @Test(arguments: TOTPVector.all)  // R2
    func `are those of the time RFC with its three hashes`(vector: TOTPVector) {
        let passcode = TOTP.passcode(
            secret: vector.secret, at: Instant(seconds: vector.seconds), period: 30, digits: 8,
            algorithm: vector.algorithm)
        #expect(passcode.text == vector.passcode)
    }

    @Test func `have as many vectors as the RFCs publish`() {
        #expect(RFC4226Vectors.all.passcodes6.count == 10)
        #expect(TOTPVector.all.count == 18)
    }

    @Test func `exist for every counter of 64 bits`() {
        let secret = SecretBytes(utf8: RFC4226Vectors.all.keyASCII)
        let counters: [UInt64] = [0, 1 << 32, UInt64(Int64.max), UInt64(Int64.max) + 1, .max]
        let texts = counters.map { HOTP.passcode(secret: secret, counter: $0, digits: 8, algorithm: .sha512).text }
        #expect(Set(texts).count == counters.count)
        #expect(texts.allSatisfy { $0.utf8.count == 8 })
    }
}

// SPDX-License-Identifier: Apache-2.0
import OneTimePassword
import Primitives
import Testing

@Suite struct `HOTP verification` {
    private let secret = SecretBytes(utf8: RFC4226Vectors.all.keyASCII)

    private func code(_ counter: UInt64) -> PasscodeDigits {
        HOTP.passcode(secret: secret, counter: counter, digits: 6, algorithm: .sha1)
    }

    private func verify(_ code: PasscodeDigits, next: UInt64, lookAhead: Int = 10) -> HOTPVerdict {
        HOTP.verify(code, secret: secret, digits: 6, algorithm: .sha1, nextCounter: next, lookAhead: lookAhead)
    }

    @Test func `accepts the passcodes of the RFC in order and none of them again`() throws {  // R1
        let passcodes = try RFC4226Vectors.all.passcodes6.map { try #require(PasscodeDigits(parsing: $0)) }
        let changed = try #require(PasscodeDigits(parsing: "755225"))
        var next: UInt64 = 0
        for (counter, passcode) in passcodes.enumerated() {
            #expect(verify(changed, next: next) == .wrong)
            #expect(verify(passcode, next: next) == .accepted(counter: UInt64(counter)))
            next = UInt64(counter) + 1
        }
        for passcode in passcodes.dropLast() {
            #expect(verify(passcode, next: next) == .wrong)
        }
        #expect(verify(passcodes[9], next: next) == .replayed(counter: 9))
        #expect(verify(changed, next: next) == .wrong)
    }

    @Test func `looks ten counters ahead and never back`() {  // R8
        #expect(verify(code(111), next: 100) == .wrong)
        #expect(verify(code(110), next: 100) == .accepted(counter: 110))
        for counter in UInt64(100)...109 {
            #expect(verify(code(counter), next: 111) == .wrong)
        }
        #expect(verify(code(110), next: 111) == .replayed(counter: 110))
        #expect(verify(code(111), next: 111) == .accepted(counter: 111))
        #expect(verify(code(111), next: 112) == .replayed(counter: 111))
    }

    @Test(arguments: [(-5, 0), (0, 0), (3, 3), (100, 100), (101, 100), (Int.max, 100)] as [(Int, UInt64)])
    func `cuts the look-ahead to its bounds`(wished: Int, real: UInt64) {  // R8
        #expect(verify(code(real), next: 0, lookAhead: wished) == .accepted(counter: real))
        #expect(verify(code(real + 1), next: 0, lookAhead: wished) == .wrong)
    }

    /// Counters 2386 and 2394 of the RFC's secret share the passcode 709847, which a search found.
    @Test func `accepts the lowest counter when two have the same passcode`() {
        #expect(code(2386).matches(code(2394)))
        #expect(verify(code(2394), next: 2386) == .accepted(counter: 2386))
        #expect(verify(code(2386), next: 2387) == .accepted(counter: 2394))
    }

    @Test func `never accepts a counter whose successor cannot be stored`() {
        let last = OneTimePasswordLimits.counterMax
        #expect(verify(code(last), next: last) == .accepted(counter: last))
        #expect(verify(code(last), next: last - 3) == .accepted(counter: last))
        #expect(verify(code(last + 1), next: last) == .wrong)
        #expect(verify(code(last), next: last + 1) == .replayed(counter: last))
        #expect(verify(code(last + 1), next: last + 1) == .wrong)
        #expect(verify(code(.max), next: .max) == .wrong)
        #expect(verify(code(0), next: .max) == .wrong)
    }

    @Test func `takes no passcode of another length`() throws {  // R11
        for text in ["84755224", "4755224", "0755224", "00755224"] {
            let passcode = try #require(PasscodeDigits(parsing: text))
            #expect(verify(passcode, next: 0) == .wrong)
        }
        let six = try #require(PasscodeDigits(parsing: "755224"))
        #expect(
            HOTP.verify(six, secret: secret, digits: 8, algorithm: .sha1, nextCounter: 0, lookAhead: 10) == .wrong)
    }

    @Test(arguments: OneTimePasswordAlgorithm.allCases)
    func `keeps hashes and secrets apart`(algorithm: OneTimePasswordAlgorithm) {
        let passcode = HOTP.passcode(secret: secret, counter: 7, digits: 8, algorithm: algorithm)
        for other in OneTimePasswordAlgorithm.allCases {
            let verdict = HOTP.verify(passcode, secret: secret, digits: 8, algorithm: other, nextCounter: 0)
            #expect(verdict == (other == algorithm ? .accepted(counter: 7) : .wrong))
        }
        let stranger = SecretBytes(utf8: "another secret of 24 byte")
        #expect(HOTP.verify(passcode, secret: stranger, digits: 8, algorithm: algorithm, nextCounter: 0) == .wrong)
    }
}

@Suite struct `HOTP resynchronisation` {
    private let secret = SecretBytes(utf8: RFC4226Vectors.all.keyASCII)

    private func code(_ counter: UInt64) -> PasscodeDigits {
        HOTP.passcode(secret: secret, counter: counter, digits: 6, algorithm: .sha1)
    }

    private func resynchronise(_ first: UInt64, _ second: UInt64, next: UInt64, window: Int = 50) -> UInt64? {
        HOTP.resynchronise(
            code(first), code(second), secret: secret, digits: 6, algorithm: .sha1, nextCounter: next, window: window)
    }

    @Test func `takes two consecutive passcodes beyond the look-ahead`() {  // R7
        let beyond = HOTP.verify(code(25), secret: secret, digits: 6, algorithm: .sha1, nextCounter: 5)
        #expect(beyond == .wrong)
        #expect(resynchronise(25, 26, next: 5) == 26)
        #expect(resynchronise(25, 26, next: 27) == nil)
        let next = HOTP.verify(code(27), secret: secret, digits: 6, algorithm: .sha1, nextCounter: 27)
        #expect(next == .accepted(counter: 27))
    }

    @Test(arguments: [(26, 25), (25, 25), (25, 27), (3, 4), (4, 5), (54, 55), (500, 501)] as [(UInt64, UInt64)])
    func `refuses pairs that are not consecutive, not unspent or too far`(first: UInt64, second: UInt64) {  // R7
        #expect(resynchronise(first, second, next: 5) == nil)
    }

    @Test func `reaches exactly as far as its window`() {
        #expect(resynchronise(5, 6, next: 5) == 6)
        #expect(resynchronise(53, 54, next: 5) == 54)
        #expect(resynchronise(54, 55, next: 5) == nil)
        #expect(resynchronise(998, 999, next: 0, window: .max) == 999)
        #expect(resynchronise(999, 1000, next: 0, window: .max) == nil)
        #expect(resynchronise(0, 1, next: 0, window: 1) == nil)
        #expect(resynchronise(0, 1, next: 0, window: -1) == nil)
        #expect(resynchronise(0, 1, next: .max) == nil)
    }

    @Test func `in two sign-ins finds the first and waits for the next one`() {  // R7
        func locate(_ counter: UInt64, next: UInt64) -> UInt64? {
            HOTP.locate(
                code(counter), secret: secret, digits: 6, algorithm: .sha1, nextCounter: next, window: 50)
        }
        #expect(locate(25, next: 5) == 25)
        #expect(locate(26, next: 5) == 26)
        #expect(locate(25, next: 27) == nil)
        #expect(locate(55, next: 5) == nil)
        #expect(locate(4, next: 5) == nil)
    }

    @Test func `takes no passcodes of another length`() throws {
        let long = HOTP.passcode(secret: secret, counter: 26, digits: 8, algorithm: .sha1)
        let found = HOTP.resynchronise(
            code(25), long, secret: secret, digits: 6, algorithm: .sha1, nextCounter: 5, window: 50)
        #expect(found == nil)
    }
}

// SPDX-License-Identifier: Apache-2.0
import MFADomain
import OneTimePassword
import Primitives
import Testing

/// What is accepted, how often, and in which order; the formula itself is OneTimePasswordTests' business.
@Suite struct PasscodeRuleTests {
    // R1: RFC 4226, appendix D.
    @Test func `accepts the ten HOTP vectors in order and none of them again`() throws {
        var world = World()
        _ = try world.own(.hotp())
        let codes = [
            "755224", "287082", "359152", "969429", "338314", "254676", "287922", "162583", "399871", "520489",
        ]
        for code in codes {
            #expect(try !world.accepts("755225", .patient))
            #expect(try world.accepts(code, .patient))
        }
        for code in codes { #expect(try !world.accepts(code, .patient)) }
    }

    // R2: RFC 6238, appendix B, far beyond 32 bits included.
    @Test(
        arguments: [
            (59, "94287082", "46119246", "90693936"), (1_111_111_109, "07081804", "68084774", "25091201"),
            (1_111_111_111, "14050471", "67062674", "99943326"), (1_234_567_890, "89005924", "91819424", "93441116"),
            (2_000_000_000, "69279037", "90698825", "38618901"), (20_000_000_000, "65353130", "77737706", "47863826"),
        ] as [(Int64, String, String, String)])
    func `accepts the TOTP vectors`(seconds: Int64, sha1: String, sha256: String, sha512: String) throws {
        let vectors: [(OneTimePasswordAlgorithm, String)] = [(.sha1, sha1), (.sha256, sha256), (.sha512, sha512)]
        for (algorithm, code) in vectors {
            var world = World()
            world.now = Instant(seconds: seconds)
            let factor = try world.own(.totp(digits: 8, algorithm: algorithm))
            let last = code.utf8.last.map { ($0 - UInt8(ascii: "0") + 1) % 10 } ?? 0
            #expect(try !world.accepts(code.dropLast() + "\(last)", .patient))
            #expect(try world.accepts(code, .patient))
            #expect(try world.factor(factor).oneTimePassword?.lastStep == seconds / 30)
        }
    }

    // R3: what parallel submissions come to once they stand in line.
    @Test func `accepts one of 64 submissions of a code`() throws {
        var world = World()
        let factor = try world.own(.totp())
        let code = try world.passcode(of: factor)
        let outcomes = try (0..<64).map { _ in try world.check(code, .patient) }
        #expect(outcomes.first == .accepted(factor, .totp))
        #expect(outcomes.dropFirst().allSatisfy { $0 == .replayed })
    }

    // R4
    @Test func `accepts no step at or before the last one`() throws {
        var world = World()
        let factor = try world.own(.totp())
        world.now = world.now + .seconds(15)
        let codes = try (-1...2).map { try world.passcode(of: factor, steps: $0) }
        #expect(try world.accepts(codes[2], .patient))
        for spent in [codes[1], codes[0], codes[2]] { #expect(try !world.accepts(spent, .patient)) }
        world.now = world.now + .seconds(60)
        #expect(try world.accepts(codes[3], .patient))
    }

    // R5
    @Test func `refuses every other spelling of a spent code`() throws {
        var world = World()
        let factor = try world.own(.totp())
        let code = try world.passcode(of: factor)
        #expect(try world.accepts(code, .patient))
        for spelling in Self.spellings(of: code) { #expect(try !world.accepts(spelling, .patient), "\(spelling)") }
    }

    // R5: and of one that was never spent, too.
    @Test func `refuses every other spelling of a fresh code`() throws {
        var world = World()
        let factor = try world.own(.totp())
        let code = try world.passcode(of: factor)
        for spelling in Self.spellings(of: code) { #expect(try !world.accepts(spelling, .patient), "\(spelling)") }
        #expect(try world.accepts(code, .patient))
    }

    private static func spellings(of code: String) -> [String] {
        func digits(from zero: UInt32) -> String {
            String(String.UnicodeScalarView(code.utf8.compactMap { Unicode.Scalar(zero + UInt32($0) - 0x30) }))
        }
        let halves = (code.prefix(3), code.suffix(3))
        return [
            " \(code)", "\(code) ", "\(code)\n", "\(code)\0", "\(halves.0) \(halves.1)", "\(halves.0)-\(halves.1)",
            "+\(code)", digits(from: 0xff10), digits(from: 0x0660), "0\(code)", "\(code)\u{200b}",
        ]
    }

    // R5: a recorded drift moves where the server looks, never what a step is called.
    @Test func `refuses a spent code of a token with drift`() throws {
        var world = World()
        var state = OneTimePasswordState.totp(period: 60)
        state.stepOffset = 1
        let factor = try world.own(state)
        let code = try world.passcode(of: factor, steps: 1)
        #expect(try world.accepts(code, .patient))
        for pause in [0, 0, 20, 20] {
            world.now = world.now + .seconds(pause)
            #expect(try !world.accepts(code, .patient))
        }
    }

    // R6
    @Test(arguments: [(-2, false), (-1, true), (0, true), (1, true), (2, false)])
    func `takes one step on each side`(steps: Int, isAccepted: Bool) throws {
        var world = World()
        let factor = try world.own(.totp())
        let code = try world.passcode(of: factor, steps: Int64(steps))
        #expect(try world.accepts(code) == isAccepted)
    }

    // R7: CVE-2019-12887 was a replay through resynchronisation.
    @Test func `does not resynchronise a time-based token by two old codes`() throws {
        var world = World()
        let factor = try world.own(.totp())
        let old = try [-20, -19].map { try world.passcode(of: factor, steps: $0) }
        for code in old { #expect(try !world.accepts(code, .patient)) }
        #expect(try world.factor(factor).oneTimePassword?.lastStep == nil)
        #expect(try world.accepts(try world.passcode(of: factor), .patient))
    }

    // R7: RFC 4226 §7.4.
    @Test func `resynchronises a counter-based token by two consecutive codes ahead`() throws {
        var world = World()
        let factor = try world.own(.hotp(counter: 5))
        let state = try #require(try world.factor(factor).oneTimePassword)
        let codes = (0...30).map { state.passcode(at: $0) }
        #expect(try !world.accepts(codes[25], .patient))
        #expect(try world.accepts(codes[26], .patient))
        #expect(try !world.accepts(codes[25], .patient))
        #expect(try !world.accepts(codes[26], .patient))
        #expect(try world.accepts(codes[27], .patient))
    }

    // R7: nothing may stand between the two.
    @Test func `does not resynchronise by two codes with a wrong one between`() throws {
        var world = World()
        let factor = try world.own(.hotp(counter: 5))
        let state = try #require(try world.factor(factor).oneTimePassword)
        #expect(try !world.accepts(state.passcode(at: 25), .patient))
        #expect(try !world.accepts("000000", .patient))
        #expect(try !world.accepts(state.passcode(at: 26), .patient))
        #expect(try world.accepts(state.passcode(at: 27), .patient))
    }

    // R8
    @Test func `looks ten counters ahead and never back`() throws {
        var world = World()
        let factor = try world.own(.hotp(counter: 100))
        let state = try #require(try world.factor(factor).oneTimePassword)
        #expect(try !world.accepts(state.passcode(at: 111), .patient))
        #expect(try world.accepts(state.passcode(at: 110), .patient))
        for counter in 100...110 { #expect(try !world.accepts(state.passcode(at: Int64(counter)), .patient)) }
        let parallel = try (0..<64).map { _ in try world.check(state.passcode(at: 111), .patient) }
        #expect(parallel.filter { $0 == .accepted(factor, .hotp) }.count == 1)
    }

    // R13
    @Test func `does not try a factor that was never confirmed`() throws {
        var world = World()
        let factor = try world.own(.totp(), state: .unconfirmed)
        #expect(try world.check(try world.passcode(of: factor)) == .noFactor)
    }

    // R2: seconds before 1970 are no step of anybody's token.
    @Test func `refuses before 1970 without a fault`() throws {
        var world = World()
        world.now = Instant(seconds: -10_000)
        _ = try world.own(.totp())
        #expect(try !world.accepts("755224"))
    }
}

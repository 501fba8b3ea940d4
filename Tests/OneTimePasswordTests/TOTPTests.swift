// SPDX-License-Identifier: Apache-2.0
import OneTimePassword
import Primitives
import Testing

/// A token with the RFC's secret, asked at steps instead of seconds.
struct TimeToken {
    var period = 30
    var driftSteps: Int64 = 0
    let secret = SecretBytes(utf8: "12345678901234567890")

    func code(_ step: UInt64) -> PasscodeDigits {
        HOTP.passcode(secret: secret, counter: step, digits: 6, algorithm: .sha1)
    }

    /// Seconds into step `step` default to its start.
    func time(_ step: UInt64, plus seconds: Int64 = 0) -> Instant {
        Instant(seconds: Int64(step) * Int64(period) + seconds)
    }

    func verify(_ code: PasscodeDigits, at now: Instant, window: Int = 1, last: UInt64? = nil) -> TOTPVerdict {
        TOTP.verify(
            code, secret: secret, digits: 6, algorithm: .sha1, period: period, at: now, driftSteps: driftSteps,
            window: window, lastAccepted: last)
    }

    func resynchronise(
        _ first: UInt64, _ second: UInt64, at now: Instant, window: Int = 100, last: UInt64? = nil
    ) -> TOTPResynchronisation? {
        TOTP.resynchronise(
            code(first), code(second), secret: secret, digits: 6, algorithm: .sha1, period: period, at: now,
            window: window, lastAccepted: last)
    }
}

@Suite struct `TOTP verification` {
    private let token = TimeToken()
    /// A step far enough from 1970 for every window used here.
    private let now: UInt64 = 59_000_000

    @Test(arguments: TOTPVector.all)  // R2
    func `accepts the passcodes of the RFC at their times`(vector: TOTPVector) throws {
        let time = Instant(seconds: vector.seconds)
        func verify(_ code: PasscodeDigits) -> TOTPVerdict {
            TOTP.verify(
                code, secret: vector.secret, digits: 8, algorithm: vector.algorithm, period: 30, at: time,
                lastAccepted: nil)
        }
        let right = try #require(PasscodeDigits(parsing: vector.passcode))
        let lastDigit = try #require(vector.passcode.last?.wholeNumberValue)
        let changed = try #require(PasscodeDigits(parsing: vector.passcode.dropLast() + "\((lastDigit + 1) % 10)"))
        #expect(verify(right) == .accepted(step: UInt64(vector.seconds / 30)))
        #expect(verify(changed) == .wrong)
    }

    @Test(
        arguments: [
            (-1, 0), (0, 0), (29, 0), (30, 1), (59, 1), (60, 2), (20_000_000_000, 666_666_666),
        ] as [(Int64, UInt64)])
    func `counts whole periods since 1970`(seconds: Int64, step: UInt64) {  // R2
        #expect(TOTP.step(at: Instant(seconds: seconds), period: 30) == step)
        #expect(TOTP.step(at: Instant(microseconds: seconds * 1_000_000 + 999_999), period: 30) == step)
    }

    @Test func `goes forward only, also inside the window`() {  // R4
        let middle = token.time(now, plus: 15)
        #expect(token.verify(token.code(now + 1), at: middle) == .accepted(step: now + 1))
        for spent in [now - 1, now, now + 1] {
            #expect(token.verify(token.code(spent), at: middle, last: now + 1) == .replayed(step: spent))
        }
        let later = token.time(now + 2, plus: 15)
        #expect(token.verify(token.code(now + 2), at: later, last: now + 1) == .accepted(step: now + 2))
    }

    @Test func `knows a spent passcode by its step, not by its spelling`() throws {  // R5
        let code = token.code(now)
        let time = token.time(now)
        let again = try #require(PasscodeDigits(parsing: code.text))
        #expect(token.verify(code, at: time) == .accepted(step: now))
        #expect(token.verify(again, at: time, last: now) == .replayed(step: now))
        let zeroBefore = try #require(PasscodeDigits(parsing: "0" + code.text))
        #expect(token.verify(zeroBefore, at: time, last: now) == .wrong)
    }

    @Test(arguments: [-1, 1, 5] as [Int64])
    func `calls a step the same whatever the drift`(drift: Int64) {  // R5
        let slow = TimeToken(period: 60, driftSteps: drift)
        let shown = UInt64(Int64(29_000_000) + drift)
        let time = slow.time(29_000_000, plus: 10)
        #expect(slow.verify(slow.code(shown), at: time) == .accepted(step: shown))
        for seconds in [0, 10, 20] as [Int64] {
            let verdict = slow.verify(slow.code(shown), at: slow.time(29_000_000, plus: 10 + seconds), last: shown)
            #expect(verdict == .replayed(step: shown))
        }
        // The next minute, with the drift learnt anew, it is still the same step.
        let relearnt = TimeToken(period: 60, driftSteps: drift - 1)
        let next = relearnt.verify(slow.code(shown), at: slow.time(29_000_001), last: shown)
        #expect(next == .replayed(step: shown))
    }

    @Test(arguments: [0, 29] as [Int64])
    func `accepts one step on each side`(seconds: Int64) {  // R6
        let time = token.time(now, plus: seconds)
        for step in [now - 1, now, now + 1] {
            #expect(token.verify(token.code(step), at: time) == .accepted(step: step))
        }
        for step in [now - 2, now + 2] {
            #expect(token.verify(token.code(step), at: time) == .wrong)
        }
    }

    @Test(arguments: [(-1, 0), (0, 0), (10, 10), (11, 10), (.max, 10)] as [(Int, UInt64)])
    func `cuts the window to its bounds`(wished: Int, real: UInt64) {  // R6
        let time = token.time(now)
        for step in [now - real, now + real] {
            #expect(token.verify(token.code(step), at: time, window: wished) == .accepted(step: step))
        }
        for step in [now - real - 1, now + real + 1] {
            #expect(token.verify(token.code(step), at: time, window: wished) == .wrong)
        }
    }

    @Test func `has no steps before 1970 and none that cannot be stored`() {
        #expect(token.verify(token.code(0), at: Instant(seconds: 0)) == .accepted(step: 0))
        #expect(token.verify(token.code(1), at: Instant(seconds: 0)) == .accepted(step: 1))
        #expect(token.verify(token.code(UInt64.max), at: Instant(seconds: 0)) == .wrong)
        #expect(token.verify(token.code(0), at: Instant(seconds: -86_400)) == .accepted(step: 0))
        for drift in [Int64.min, .min + 1, -100, .max - 2, .max] {
            let lost = TimeToken(driftSteps: drift)
            for step in [0, 1, UInt64(Int64.max), .max] {
                #expect(lost.verify(lost.code(step), at: Instant(seconds: 60), window: 10) == .wrong)
            }
        }
        let edge = TimeToken(driftSteps: -3)
        #expect(edge.verify(edge.code(0), at: Instant(seconds: 60)) == .accepted(step: 0))
        #expect(edge.verify(edge.code(1), at: Instant(seconds: 60)) == .wrong)
        #expect(token.verify(token.code(1), at: token.time(1), last: .max) == .replayed(step: 1))
    }

    /// Steps 153567 and 153569 of the RFC's secret share the passcode 468457, which a search found.
    @Test func `spends the same digits once even when two steps share them`() {  // R4, R5
        let code = token.code(153_567)
        #expect(code.matches(token.code(153_569)))
        let time = token.time(153_568)
        #expect(token.verify(code, at: time) == .accepted(step: 153_569))
        #expect(token.verify(code, at: time, last: 153_569) == .replayed(step: 153_569))
        #expect(token.verify(code, at: time, last: 153_567) == .accepted(step: 153_569))
    }

    @Test func `takes no passcode of another length`() throws {  // R11
        let long = HOTP.passcode(secret: token.secret, counter: now, digits: 8, algorithm: .sha1)
        #expect(token.verify(long, at: token.time(now)) == .wrong)
    }
}

@Suite struct `TOTP resynchronisation` {
    private let token = TimeToken()
    private let now: UInt64 = 59_000_000

    @Test func `finds a fast and a slow clock`() {
        let time = token.time(now, plus: 7)
        let fast = token.resynchronise(now + 40, now + 41, at: time)
        #expect(fast == TOTPResynchronisation(step: now + 41, driftSteps: 41))
        let slow = token.resynchronise(now - 40, now - 39, at: time, last: now - 41)
        #expect(slow == TOTPResynchronisation(step: now - 39, driftSteps: -39))
        let learnt = TimeToken(driftSteps: -39)
        let next = learnt.verify(learnt.code(now - 38), at: learnt.time(now + 1), last: now - 39)
        #expect(next == .accepted(step: now - 38))
    }

    @Test func `is nothing that two old passcodes bring about at a sign-in`() {  // R7
        let time = token.time(now)
        #expect(token.verify(token.code(now - 20), at: time) == .wrong)
        #expect(token.verify(token.code(now - 19), at: time) == .wrong)
        #expect(token.verify(token.code(now), at: time) == .accepted(step: now))
    }

    @Test func `takes only passcodes that are both later than the last accepted one`() {  // R7
        let time = token.time(now)
        #expect(token.resynchronise(now - 20, now - 19, at: time, last: now - 19) == nil)
        #expect(token.resynchronise(now - 20, now - 19, at: time, last: now - 20) == nil)
        #expect(token.resynchronise(now - 20, now - 19, at: time, last: now - 21)?.step == now - 19)
        #expect(token.resynchronise(now - 20, now - 19, at: time, last: now + 100) == nil)
        #expect(token.resynchronise(now + 99, now + 100, at: time, last: now + 101) == nil)
        #expect(token.resynchronise(now + 1, now + 2, at: time, last: .max) == nil)
    }

    @Test(arguments: [(1, 0), (0, 0), (0, 2), (100, 101), (-101, -100)] as [(Int64, Int64)])
    func `refuses pairs that are not consecutive or too far`(first: Int64, second: Int64) {  // R7
        let steps = [first, second].map { UInt64(Int64(now) + $0) }
        #expect(token.resynchronise(steps[0], steps[1], at: token.time(now)) == nil)
    }

    @Test func `reaches exactly as far as its window`() {
        let time = token.time(now)
        #expect(token.resynchronise(now + 99, now + 100, at: time)?.driftSteps == 100)
        #expect(token.resynchronise(now - 100, now - 99, at: time)?.driftSteps == -99)
        #expect(token.resynchronise(now + 999, now + 1000, at: time, window: .max)?.driftSteps == 1000)
        #expect(token.resynchronise(now + 1000, now + 1001, at: time, window: .max) == nil)
        #expect(token.resynchronise(now - 1, now, at: time, window: 0) == nil)
        #expect(token.resynchronise(0, 1, at: Instant(seconds: 0))?.step == 1)
    }
}

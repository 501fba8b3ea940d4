// SPDX-License-Identifier: Apache-2.0
import MFADomain
import OneTimePassword
import Primitives
import Testing

/// What a wrong passcode costs, and whom.
@Suite struct PasscodeBudgetTests {
    private static let otherSecret = SecretBytes([UInt8](repeating: 7, count: 20))

    private func failures(_ world: World) -> [Int] { world.factors.map(\.budget.failures) }

    // R11
    @Test(arguments: [
        "", "12345", "123456789", "12345a", "' OR 1=1--", "\0\0\0\0\0\0", "１２３４５６", " 123456",
        String(repeating: "1", count: 1 << 20),
    ])
    func `counts a string that is no code once on each factor`(text: String) throws {
        var world = World()
        _ = try world.own(.totp())
        _ = try world.own(.hotp(digits: 8, secret: Self.otherSecret))
        _ = try world.own(.totp(), state: .disabled)
        _ = try world.own(.totp(), state: .unconfirmed)
        #expect(try world.check(text) == .wrong)
        #expect(failures(world) == [1, 1, 0, 0])
    }

    // R11
    @Test func `counts a length that fits none once on each factor`() throws {
        var world = World()
        _ = try world.own(.totp())
        _ = try world.own(.totp(digits: 8, secret: Self.otherSecret))
        #expect(try world.check("1234567") == .wrong)
        #expect(failures(world) == [1, 1])
    }

    @Test func `counts a wrong code only on factors whose length fits`() throws {
        var world = World()
        _ = try world.own(.totp())
        _ = try world.own(.totp(digits: 8, secret: Self.otherSecret))
        #expect(try world.check("00000000") == .wrong)
        #expect(failures(world) == [0, 1])
    }

    // contract.md: only the match is spent and reset.
    @Test func `spends and resets the match alone`() throws {
        var world = World()
        let first = try world.own(.totp())
        let second = try world.own(.totp(secret: Self.otherSecret))
        #expect(try world.check("000000") == .wrong)
        let before = try world.factor(first)
        #expect(try world.check(try world.passcode(of: second)) == .accepted(second, .totp))
        #expect(failures(world) == [1, 0])
        #expect(try world.factor(first).oneTimePassword?.lastStep == before.oneTimePassword?.lastStep)
        #expect(try world.factor(second).lastUsedAt == world.now)
        #expect(try world.factor(first).lastUsedAt == nil)
    }

    @Test func `calls a code spent on one factor and wrong on another a replay`() throws {
        var world = World()
        let first = try world.own(.totp())
        _ = try world.own(.totp(secret: Self.otherSecret))
        let code = try world.passcode(of: first)
        #expect(try world.accepts(code))
        #expect(try world.check(code) == .replayed)
        #expect(failures(world) == [1, 1])
    }

    // contract.md: at most eight, those last used come first.
    @Test func `tries eight factors at most, the last used ones`() throws {
        var world = World()
        let ids = try (0..<10).map { number in
            try world.own(
                .totp(secret: SecretBytes([UInt8](repeating: UInt8(number), count: 20))),
                lastUsedAt: world.now - .seconds(100 - number))
        }
        #expect(try world.check("abcdef") == .wrong)
        #expect(failures(world) == [0, 0, 1, 1, 1, 1, 1, 1, 1, 1])
        #expect(try world.check(try world.passcode(of: ids[1])) == .wrong)
        #expect(failures(world) == [0, 0, 2, 2, 2, 2, 2, 2, 2, 2])
        #expect(try world.accepts(try world.passcode(of: ids[2])))
    }

    // contract.md: eight of those that fit, not eight of all.
    @Test func `does not let factors of another length crowd out the one that fits`() throws {
        var world = World()
        let eightDigits = try world.own(.totp(digits: 8, secret: Self.otherSecret))
        for number in 0..<8 {
            _ = try world.own(
                .totp(secret: SecretBytes([UInt8](repeating: UInt8(number), count: 20))), lastUsedAt: world.now)
        }
        #expect(try world.accepts(try world.passcode(of: eightDigits)))
    }

    // R14: 200 wrong codes are 10 evaluated guesses.
    @Test func `evaluates as many wrong codes as the limit and no more`() throws {
        var world = World()
        let factor = try world.own(.totp())
        let rule = PasscodeRule(limits: FailureLimits(softLimit: 10))
        let outcomes = try (0..<200).map { _ in try world.check("000000", rule) }
        #expect(outcomes.filter { $0 == .wrong }.count == 10)
        #expect(outcomes.filter { $0 == .locked }.count == 190)
        #expect(try world.check(try world.passcode(of: factor), rule) == .locked)
        #expect(try world.factor(factor).budget.failures == 10)
    }

    // R15
    @Test func `disables at the hard cap, says so once, and leaves the other factor`() throws {
        var world = World()
        let factor = try world.own(.totp())
        let other = try world.own(.totp(digits: 8, secret: Self.otherSecret))
        var wrong = 0
        for _ in 0..<100 {
            world.now = world.now + .seconds(3601)
            if try world.check("000000") == .wrong { wrong += 1 }
        }
        #expect(wrong == 100)
        #expect(try world.factor(factor).state == .disabled)
        #expect(world.takeAudit().filter { $0 == "authenticator.disabled" }.count == 1)
        world.now = world.now + .seconds(86_400)
        #expect(try world.check(try world.passcode(of: factor)) == .wrong)
        #expect(try world.factor(factor).budget.failures == 100)
        #expect(try world.accepts(try world.passcode(of: other)))
    }

    // R16
    @Test func `is not reset by the success of another factor`() throws {
        var world = World()
        _ = try world.own(.totp())
        let other = try world.own(.totp(digits: 8, secret: Self.otherSecret))
        for _ in 0..<4 { _ = try world.check("000000") }
        #expect(try world.accepts(try world.passcode(of: other)))
        #expect(failures(world) == [4, 0])
        #expect(try world.check("000000") == .wrong)
        // The first factor is delayed now; the other is still tried, and six digits are no code of its eight.
        #expect(try world.check("000000") == .wrong)
        #expect(failures(world) == [5, 1])
    }

    // R16: the separate run.
    @Test func `is reset by its own success`() throws {
        var world = World()
        let factor = try world.own(.totp())
        for _ in 0..<2 {
            for _ in 0..<4 { #expect(try world.check("000000") == .wrong) }
            #expect(try world.accepts(try world.passcode(of: factor)))
            world.now = world.now + .seconds(30)
        }
    }

    // R21: a delayed factor stands aside, the others are tried.
    @Test func `tries what is not delayed`() throws {
        var world = World()
        _ = try world.own(.totp())
        let other = try world.own(.totp(digits: 8, secret: Self.otherSecret))
        for _ in 0..<5 { _ = try world.check("000000") }
        #expect(try world.accepts(try world.passcode(of: other)))
    }

    // R81, R22
    @Test func `counts nothing against a secret that cannot be read, and tries the others`() throws {
        var world = World()
        let bent = OneTimePasswordState(
            algorithm: .sha1, digits: 6, movingFactor: .time(periodSeconds: 30), secret: .unreadable)
        _ = try world.own(bent)
        #expect(try world.check("000000") == .integrity)
        #expect(world.takeAudit() == ["factor.integrity"])
        #expect(try world.check("no code") == .wrong)
        #expect(failures(world) == [0])
        let other = try world.own(.totp())
        #expect(try world.accepts(try world.passcode(of: other)))
        #expect(try world.check("000000") == .wrong)
        #expect(failures(world) == [0, 1])
    }

    @Test func `finds no factor for somebody without one`() throws {
        var world = World()
        _ = try world.own(.alices)
        #expect(try world.check("000000") == .noFactor)
        #expect(try world.check("no code") == .noFactor)
    }
}

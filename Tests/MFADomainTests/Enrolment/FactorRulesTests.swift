// SPDX-License-Identifier: Apache-2.0
import MFADomain
import OneTimePassword
import Primitives
import Testing

/// Making, confirming, resynchronising and removing factors.
@Suite struct FactorRulesTests {
    private let rules = FactorRules(limits: FailureLimits(), windows: OneTimePasswordWindows())
    private let signIns = SignInRules(settings: SignInSettings(), random: SystemRandomSource())

    private func add(_ world: inout World, _ password: OneTimePasswordState, isImported: Bool = false) throws -> Factor
    {
        let proposal = FactorProposal(
            name: "token", password: password, secret: rfcSecret(), isImported: isImported)
        let id: FactorID = world.random.identifier()
        return try world.decide { personCase throws(Refusal) in
            try rules.add(proposal, id: id, in: &personCase)
        }
    }

    private func confirm(_ world: inout World, _ id: FactorID, _ passcode: String) throws -> FactorChange {
        try world.decide { personCase throws(Refusal) in
            try rules.confirm(id, passcode: passcode, in: &personCase)
        }
    }

    private func resynchronise(
        _ world: inout World, _ id: FactorID, _ first: String, _ second: String
    ) throws -> FactorChange {
        try world.decide { personCase throws(Refusal) in
            try rules.resynchronise(id, first: first, second: second, in: &personCase)
        }
    }

    // R13
    @Test func `is active after one right code, which is spent by that`() throws {
        var world = World()
        let factor = try add(&world, .totp())
        #expect(factor.state == .unconfirmed)
        let code = try world.passcode(of: factor.id)
        #expect(try !world.accepts(code))
        #expect(try confirm(&world, factor.id, code).accepted)
        #expect(try world.factor(factor.id).state == .active)
        #expect(try !world.accepts(code))
        world.now = world.now + .seconds(30)
        #expect(try world.accepts(try world.passcode(of: factor.id)))
    }

    // R13
    @Test(arguments: ["000000", "no code", ""])
    func `stays unconfirmed after a wrong code, which counts`(passcode: String) throws {
        var world = World()
        let factor = try add(&world, .totp())
        #expect(try !confirm(&world, factor.id, passcode).accepted)
        #expect(try world.factor(factor.id).state == .unconfirmed)
        #expect(try world.factor(factor.id).budget.failures == 1)
        for _ in 0..<4 { _ = try confirm(&world, factor.id, passcode) }
        #expect(try !confirm(&world, factor.id, try world.passcode(of: factor.id)).accepted)
        #expect(try world.factor(factor.id).budget.failures == 5)
    }

    // R13, R15: an unlock makes disabled factors active, so one that proved nothing must not be among them.
    @Test func `ends unconfirmed at the hard cap and cannot be unlocked into life`() throws {
        var world = World()
        let factor = try add(&world, .totp())
        for _ in 0..<100 {
            world.now = world.now + .seconds(3601)
            _ = try confirm(&world, factor.id, "000000")
        }
        #expect(world.factors.isEmpty)
        _ = try world.decide { personCase throws(Refusal) in
            try UserRules(signIns: signIns).unlock(in: &personCase)
        }
        #expect(try world.check(factor.oneTimePassword?.passcode(at: world.now.seconds / 30) ?? "") == .noFactor)
    }

    @Test func `is confirmed once`() throws {
        var world = World()
        let factor = try add(&world, .totp())
        #expect(try confirm(&world, factor.id, try world.passcode(of: factor.id)).accepted)
        #expect(throws: Refusal(.conflict, reason: "")) { try confirm(&world, factor.id, "000000") }
        #expect(throws: Refusal(.notFound, reason: "")) {
            try confirm(&world, SystemRandomSource().identifier(), "000000")
        }
    }

    @Test func `is active at once when its secret came from outside`() throws {
        var world = World()
        let factor = try add(&world, .hotp(counter: 7), isImported: true)
        #expect(factor.state == .active)
        #expect(factor.isImported)
        #expect(try !world.accepts(factor.oneTimePassword?.passcode(at: 6) ?? ""))
        #expect(try world.accepts(factor.oneTimePassword?.passcode(at: 7) ?? ""))
    }

    // R7
    @Test func `finds a slow clock by two consecutive codes and accepts it from then on`() throws {
        var world = World()
        let factor = try add(&world, .totp(), isImported: true)
        let codes = try (-5...0).map { try world.passcode(of: factor.id, steps: $0) }
        #expect(try !world.accepts(codes[1], .patient))
        #expect(try resynchronise(&world, factor.id, codes[0], codes[1]).accepted)
        #expect(try world.factor(factor.id).oneTimePassword?.stepOffset == -4)
        #expect(try world.factor(factor.id).budget == FailureBudget())
        #expect(try !world.accepts(codes[0], .patient))
        #expect(try !world.accepts(codes[1], .patient))
        #expect(try world.accepts(codes[2], .patient))
    }

    // R7: never by what was spent, never by one code, never backwards.
    @Test func `does not resynchronise by codes that were spent, apart or in the wrong order`() throws {
        var world = World()
        let factor = try add(&world, .totp(), isImported: true)
        let codes = try (-3...1).map { try world.passcode(of: factor.id, steps: $0) }
        #expect(try world.accepts(codes[3]))
        for (first, second) in [
            (codes[0], codes[1]), (codes[2], codes[3]), (codes[3], codes[4]), (codes[4], codes[4]), ("", ""),
        ] {
            world.now = world.now + .milliseconds(1)
            #expect(try !resynchronise(&world, factor.id, first, second).accepted)
        }
        #expect(try world.factor(factor.id).budget.failures == 5)
        #expect(try world.factor(factor.id).oneTimePassword?.stepOffset == 0)
    }

    @Test func `finds a counter by two consecutive codes`() throws {
        var world = World()
        let factor = try add(&world, .hotp(), isImported: true)
        let state = try #require(factor.oneTimePassword)
        let change = try resynchronise(&world, factor.id, state.passcode(at: 400), state.passcode(at: 401))
        #expect(change.accepted)
        #expect(try !world.accepts(state.passcode(at: 401), .patient))
        #expect(try world.accepts(state.passcode(at: 402), .patient))
    }

    // R81, R22
    @Test func `counts nothing against a secret that cannot be read`() throws {
        var world = World()
        let id = try world.own(
            OneTimePasswordState(
                algorithm: .sha1, digits: 6, movingFactor: .time(periodSeconds: 30), secret: .unreadable))
        #expect(try !resynchronise(&world, id, "000000", "111111").accepted)
        #expect(try world.factor(id).budget.failures == 0)
    }

    // R33
    @Test func `ends the prompt that only the removed phone could answer`() throws {
        var scene = try PhoneScene()
        let second = try scene.world.own(.bobs)
        let signIn = try scene.push()
        for (device, expected) in [(second, SignInState.pending), (scene.device, .denied)] {
            _ = try scene.world.decide { personCase throws(Refusal) in
                try rules.remove(device, signIns: signIns, in: &personCase)
            }
            #expect(try scene.state(of: signIn) == expected)
        }
        #expect(scene.world.factors.isEmpty)
    }

    @Test func `are at most so many`() throws {
        var world = World()
        for _ in 0..<FactorRules.factorsMax { _ = try add(&world, .hotp()) }
        #expect(throws: Refusal(.conflict, reason: "")) { try add(&world, .hotp()) }
    }

    // R75: every change of factors ends the tickets that stand.
    @Test func `end the person's tickets when they change`() throws {
        var world = World()
        let ticket = Ticket(
            hash: [1], userID: try world.userID, account: "portal", factorKind: .totp, provedAt: world.now,
            createdAt: world.now, lastUsedAt: world.now)
        world.tickets = [ticket]
        let factor = try add(&world, .totp())
        #expect(world.tickets.isEmpty)
        world.tickets = [ticket]
        #expect(try !confirm(&world, factor.id, "000000").accepted)
        #expect(world.tickets.count == 1)
        #expect(try confirm(&world, factor.id, try world.passcode(of: factor.id)).accepted)
        #expect(world.tickets.isEmpty)
        world.tickets = [ticket]
        _ = try world.decide { personCase throws(Refusal) in
            try rules.remove(factor.id, signIns: signIns, in: &personCase)
        }
        #expect(world.tickets.isEmpty)
    }
}

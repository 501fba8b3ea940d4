// SPDX-License-Identifier: Apache-2.0
import MFADomain
import OneTimePassword
import Primitives
import Testing

/// Recovery codes as a factor: used once, counted like every other (R14, R79).
@Suite struct RecoveryRulesTests {
    private static let salt: [UInt8] = [1, 2, 3]
    private static let shown = "48205-93711-60284-11937"
    private let factors = FactorRules(limits: FailureLimits(), windows: OneTimePasswordWindows())
    private let signIns = SignInRules(settings: SignInSettings(), random: SystemRandomSource())

    private static func set(_ count: UInt8 = 10, salt: [UInt8] = Self.salt) -> RecoveryState {
        RecoveryState(salt: salt, cost: 14, hashes: (0..<count).map { [$0] })
    }

    /// The code with this number, as it was hashed for the person.
    private func code(_ number: UInt8, salt: [UInt8] = Self.salt) -> HashedRecoveryCode {
        HashedRecoveryCode(salt: salt, cost: 14, hash: [number])
    }

    private func own(_ world: inout World, _ state: RecoveryState = Self.set()) throws -> FactorID {
        let id: FactorID = world.random.identifier()
        return try world.decide { personCase throws(Refusal) in
            try factors.addRecoveryCodes(state, name: "codes", id: id, in: &personCase).id
        }
    }

    private func check(
        _ world: inout World, _ code: HashedRecoveryCode?, typed: String = Self.shown,
        _ rule: PasscodeRule = PasscodeRule(), kinds: [FactorKind] = FactorKind.allCases
    ) throws -> PasscodeRule.Outcome {
        try world.decide { personCase throws(Refusal) in
            rule.decide(typed, recovery: code, kinds: kinds, in: &personCase)
        }
    }

    @Test func `each code is accepted once, in any order, and none twice`() throws {
        var world = World()
        let id = try own(&world)
        for number in [3, 0, 9, 1, 2, 8, 7, 6, 5, 4] as [UInt8] {
            #expect(try check(&world, code(number), .patient) == .accepted(id, .recovery))
            #expect(try check(&world, code(number), .patient) == .wrong)
        }
        #expect(try world.factor(id).recovery?.remaining == 0 && world.spentCodes.count == 10)
        #expect(try world.factor(id).isUsedUp)
        // A set that is used up is nothing that could be asked.
        let decision = try world.decide { personCase throws(Refusal) in
            personCase.judge(application: "vpn", clientAddress: "")
        }
        #expect(decision.provable == FactorKind.preferred, "as of somebody who has no factor (R19)")
        // Time for those who have no factor yet is not for who has used theirs up.
        try world.obey(PolicyTerms(withoutFactor: .allowUntil(world.now + .seconds(60))))
        let grace = try world.decide { personCase throws(Refusal) in
            personCase.judge(application: "vpn", clientAddress: "")
        }
        #expect(grace.verdict == .ask)
    }

    // R14, R15
    @Test func `wrong codes are throttled, counted and end the set, and other factors go on`() throws {
        var world = World()
        let token = try world.own(.totp())
        let id = try own(&world)
        for _ in 0..<5 { #expect(try check(&world, code(77)) == .wrong) }
        #expect(try check(&world, code(0)) == .locked, "the right one, too")
        #expect(try world.factor(id).budget.failures == 5 && world.factor(id).recovery?.remaining == 10)
        #expect(try world.factor(token).budget.failures == 0)
        #expect(try world.accepts(try world.passcode(of: token)), "R16: which resets nothing of the set")
        #expect(try world.factor(id).budget.failures == 5)
        world.now = world.now + .seconds(30)
        #expect(try check(&world, code(0)) == .accepted(id, .recovery))
        #expect(try world.factor(id).budget == FailureBudget())
        let strict = PasscodeRule(limits: FailureLimits(softLimit: 100, hardCap: 3))
        for _ in 0..<3 { _ = try check(&world, code(77), strict) }
        #expect(try world.factor(id).state == .disabled)
        #expect(world.takeAudit().last == "authenticator.disabled")
        #expect(try check(&world, code(1), strict) == .locked)
    }

    // R21: whoever guesses at the one leaves the other alone.
    @Test func `a token that is locked leaves the codes, and guesses at it do not count against them`() throws {
        var world = World()
        let token = try world.own(.totp())
        let id = try own(&world)
        for _ in 0..<8 { _ = try check(&world, nil, typed: "000000") }
        #expect(try world.factor(token).budget.failures == 5 && world.factor(id).budget.failures == 0)
        #expect(try check(&world, nil, typed: "000000") == .locked)
        #expect(try check(&world, code(0)) == .accepted(id, .recovery))
    }

    // R11: what fits counts, and what fits nothing counts everywhere.
    @Test func `a passcode is not tried on the codes, and what is neither counts on both`() throws {
        var world = World()
        let token = try world.own(.totp())
        let id = try own(&world)
        #expect(try check(&world, nil, typed: "000000") == .wrong)
        #expect(try world.factor(token).budget.failures == 1 && world.factor(id).budget.failures == 0)
        #expect(try check(&world, nil, typed: "no code") == .wrong)
        #expect(try world.factor(token).budget.failures == 2 && world.factor(id).budget.failures == 1)
        // Who has no codes types nothing that could be one.
        var other = World()
        let only = try other.own(.totp())
        #expect(try check(&other, HashedRecoveryCode(salt: [], cost: 0, hash: [0])) == .wrong)
        #expect(try other.factor(only).budget.failures == 1)
    }

    @Test func `a new set voids the earlier one whole, with its tickets`() throws {
        var world = World()
        let first = try own(&world)
        world.tickets = [
            Ticket(
                hash: [1], userID: try world.userID, account: "portal", factorKind: .recovery, provedAt: world.now,
                createdAt: world.now, lastUsedAt: world.now)
        ]
        _ = world.takeAudit()
        let second = try own(&world, Self.set(salt: [9]))
        #expect(world.takeAudit() == ["factor.removed", "factor.added"])
        #expect(world.factors.map(\.id) == [second] && first != second && world.tickets.isEmpty)
        #expect(try check(&world, code(0)) == .wrong, "hashed for the earlier set")
        #expect(try check(&world, code(0, salt: [9])) == .accepted(second, .recovery))
    }

    @Test func `a person has one set among the factors that there may be`() throws {
        var world = World()
        _ = try own(&world)
        for _ in 1..<FactorRules.factorsMax { _ = try world.own(.totp()) }
        _ = try own(&world)
        #expect(world.factors.count == FactorRules.factorsMax)
        var full = World()
        for _ in 0..<FactorRules.factorsMax { _ = try full.own(.totp()) }
        #expect(throws: Refusal(.conflict, reason: "")) { try own(&full) }
    }

    // R79: one saved code alone is not enough where AAL2 is asked for.
    @Test func `where AAL2 is asked for, a code alone lets nobody in`() throws {
        #expect(AssuranceLevel.aal1.kinds.contains(.recovery))
        #expect(!AssuranceLevel.aal2.kinds.contains(.recovery) && AssuranceLevel.aal2.kinds.contains(.totp))
        var world = World()
        let id = try own(&world)
        #expect(try check(&world, code(0), kinds: [.device, .totp, .hotp]) == .notAllowed)
        #expect(try world.factor(id).recovery?.remaining == 10 && world.factor(id).budget.failures == 0)
        let question = PolicyQuestion(
            user: world.user, kinds: [.recovery], application: "vpn", address: nil, time: world.now)
        let strong = PolicyDocument(defaults: PolicyTerms(strength: .aal2))
        let policy = try Policy(version: 1, strong, zones: PolicyDecisionTests.Zones())
        #expect(policy.decide(question).refused == .notAllowed)
    }

    // R23, R87
    @Test func `a sign-in by a code says so, and how many are left`() throws {
        var world = World()
        let id = try own(&world, Self.set(2))
        _ = world.takeAudit()
        let request = SignInRequest(
            userGiven: "alice", requested: .passcode, passcode: Self.shown, recovery: code(1), application: "vpn",
            clientAddress: "")
        for (state, event) in [(SignInState.approved, "recovery.ok"), (.denied, "recovery.wrong_code")] {
            let signInID = world.random.identifier(IdentifierSubject.SignIn.self)
            let signIn = try world.decide { personCase throws(Refusal) in
                try signIns.start(
                    request, id: signInID, caller: Caller(account: "vpn", frontEnd: "sdk"), in: &personCase)
            }
            #expect(signIn.state == state)
            #expect(world.audit.last?.event == event)
            #expect(world.audit.last?.detail["codes_remaining"] == (state == .approved ? "1" : nil))
            #expect(signIn.factorKind == (state == .approved ? FactorKind.recovery : nil))
        }
        #expect(try world.factor(id).lastUsedAt == world.now)
        #expect(AuditEvent.Notice(rawValue: "recovery.ok") == .recoveryCodeUsed)
    }

    @Test func `a sign-in that waits takes a code, and the portal offers to type one`() throws {
        var world = World()
        _ = try own(&world)
        let begun = world.random.identifier(IdentifierSubject.SignIn.self)
        let request = SignInRequest(
            userGiven: "alice", requested: nil, passcode: nil, application: "vpn", clientAddress: "")
        let caller = Caller(account: "vpn", frontEnd: "sdk")
        let waiting = try world.decide { personCase throws(Refusal) in
            try signIns.start(request, id: begun, caller: caller, in: &personCase)
        }
        #expect(waiting.state == .pending && waiting.requested == .passcode)
        let answered = try world.decide(signIn: begun) { personCase throws(Refusal) in
            try signIns.answer(Self.shown, recovery: code(4), account: "vpn", in: &personCase)
        }
        #expect(answered.state == .approved && answered.factorKind == .recovery)
        world.user?.password.verifier = PasswordVerifier(salt: [], hash: [], cost: 1)
        let portal = PortalRules(signIns: signIns, digests: PlainDigests())
        let id = world.random.identifier(IdentifierSubject.SignIn.self)
        let offered = try world.decide { personCase throws(Refusal) in
            try portal.start(request, id: id, caller: caller, matches: { _ in true }, in: &personCase).offered
        }
        #expect(offered == [.passcode])
    }
}

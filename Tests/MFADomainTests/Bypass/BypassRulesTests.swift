// SPDX-License-Identifier: Apache-2.0
import MFADomain
import Primitives
import Testing

/// R78: a bypass is single-use, short, with a reason, and limited by day.
@Suite struct BypassRulesTests {
    private let signIns = SignInRules(settings: SignInSettings(), random: SystemRandomSource())
    private let rules = BypassRules(limits: BypassLimits(perAdministratorPerDay: 2))

    private func issue(
        _ world: inout World, seconds: Int64 = 300, reason: String = "phone at home"
    ) throws(Refusal) -> BypassOutcome {
        try world.decide { personCase throws(Refusal) in
            try rules.issue(reason: reason, for: .seconds(seconds), by: "helpdesk", in: &personCase)
        }
    }

    private func start(
        _ world: inout World, passcode: String? = nil, factor: RequestedFactor? = nil
    ) throws -> SignIn {
        let request = SignInRequest(
            userGiven: "alice", requested: factor, passcode: passcode, application: "vpn", clientAddress: "192.0.2.1")
        let id = world.random.identifier(IdentifierSubject.SignIn.self)
        return try world.decide { personCase throws(Refusal) in
            try signIns.start(
                request, id: id, caller: Caller(account: "vpn", frontEnd: "sdk"), in: &personCase)
        }
    }

    @Test func `the next sign-in is let in, whatever it asks for, and the one after it is asked`() throws {
        for (passcode, factor) in [(nil, nil), ("000000", .passcode), (nil, .push), (nil, .passcode)]
            as [(String?, RequestedFactor?)]
        {
            var world = World()
            _ = try world.own(.totp())
            _ = try world.own(.alices)
            guard case .issued(let bypass) = try issue(&world) else {
                Issue.record("not issued")
                continue
            }
            #expect(bypass.expiresAt == world.now + .seconds(300) && bypass.issuedBy == "helpdesk")
            #expect(world.takeAudit() == ["bypass.created"])
            let signIn = try start(&world, passcode: passcode, factor: factor)
            #expect(signIn.state == .approved && signIn.waiver == .bypass && signIn.factorID == nil)
            #expect(world.user?.bypass == nil)
            #expect(world.takeAudit() == ["bypass.used", "sign_in.waived"])
            #expect(world.factors.allSatisfy { $0.budget == FailureBudget() })
            let next = try start(&world, passcode: "000000", factor: .passcode)
            #expect(next.state == .denied && next.waiver == nil)
        }
    }

    @Test(arguments: [(299, true), (300, false), (301, false)])
    func `it is good until its time is over`(seconds: Int64, isLetIn: Bool) throws {
        var world = World()
        _ = try world.own(.totp())
        _ = try issue(&world)
        world.now = world.now + .seconds(seconds)
        #expect(try start(&world, passcode: "000000").state == (isLetIn ? .approved : .denied))
        #expect((world.user?.seen(at: world.now).bypass != nil) == false)
    }

    // R20
    @Test func `it helps nobody who is blocked or disabled, and ends with that`() throws {
        var world = World()
        _ = try issue(&world)
        let users = UserRules(signIns: signIns)
        _ = try world.decide { personCase throws(Refusal) in try users.block(reason: "lost", in: &personCase) }
        #expect(world.user?.bypass == nil, "a block ends it")
        _ = world.takeAudit()
        #expect(try start(&world, factor: .push).state == .denied)
        #expect(throws: Refusal(.conflict, reason: "")) { try issue(&world) }
        _ = try world.decide { personCase throws(Refusal) in try users.unblock(in: &personCase) }
        _ = try issue(&world)
        _ = try world.decide { personCase throws(Refusal) in
            try users.update(in: &personCase) { $0.isEnabled = false }
        }
        #expect(world.user?.bypass == nil, "so does disabling")
    }

    // What has begun is judged as it was begun, and the portal always asks.
    @Test func `it decides no sign-in that has begun, and opens no portal`() throws {
        var world = World()
        let factor = try world.own(.totp())
        let waiting = try start(&world, factor: .passcode)
        _ = try issue(&world)
        let answered = try world.decide(signIn: waiting.id) { personCase throws(Refusal) in
            try signIns.answer("000000", account: "vpn", in: &personCase)
        }
        #expect(answered.state == .pending && answered.answers == 1)
        let portal = PortalRules(signIns: signIns, digests: PlainDigests())
        world.user?.password.verifier = PasswordVerifier(salt: [], hash: [], cost: 1)
        let id = world.random.identifier(IdentifierSubject.SignIn.self)
        let request = SignInRequest(
            userGiven: "alice", requested: nil, passcode: nil, application: "portal", clientAddress: "")
        let begun = try world.decide { personCase throws(Refusal) in
            try portal.start(
                request, id: id, caller: Caller(account: "portal", frontEnd: "portal"), matches: { _ in true },
                in: &personCase)
        }
        #expect(begun.signIn.state == .pending && begun.offered == [.passcode])
        #expect(world.user?.bypass != nil)
        #expect(try world.factor(factor).budget.failures == 1)
    }

    @Test func `an administrator issues so many a day, and the refusal is written down`() throws {
        var world = World()
        for issued in 0..<2 {
            world.bypassesIssued = issued
            _ = try issue(&world, reason: "number \(issued)")
        }
        #expect(world.bypassesIssued == 2)
        #expect(world.audit.last?.detail["replaces"] == "number 0")
        _ = world.takeAudit()
        guard case .refused(let refusal) = try issue(&world) else {
            Issue.record("a third one was issued")
            return
        }
        #expect(refusal.code == .forbidden && refusal.detail?.contains("2 bypasses a day") == true)
        #expect(world.user?.bypass?.reason == "number 1", "the one that stands stays")
        #expect(world.takeAudit() == ["bypass.refused"])
    }

    @Test func `it is withdrawn, and nothing is where nothing is to withdraw`() throws {
        var world = World()
        _ = try world.own(.totp())
        _ = try issue(&world)
        _ = world.takeAudit()
        for expected in [["bypass.withdrawn"], []] {
            try world.decide { personCase throws(Refusal) in try rules.withdraw(in: &personCase) }
            #expect(world.takeAudit() == expected)
        }
        #expect(try start(&world, passcode: "000000").state == .denied)
    }

    // R23: whoever sends notices finds what they are about by name.
    @Test func `the person is to hear of it`() throws {
        var world = World()
        _ = try world.own(.totp())
        _ = try issue(&world)
        _ = try start(&world)
        let told = world.audit.filter { AuditEvent.Notice(rawValue: $0.event) != nil }
        #expect(told.map(\.event) == ["bypass.created", "bypass.used"])
        #expect(Set(told.map(\.userID)) == [world.user?.id])
    }

    @Test func `nobody gets none`() throws {
        var world = World()
        world.user = nil
        #expect(throws: Refusal(.notFound, reason: "")) { try issue(&world) }
    }
}

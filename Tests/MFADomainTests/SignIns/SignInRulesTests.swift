// SPDX-License-Identifier: Apache-2.0
import MFADomain
import OneTimePassword
import Primitives
import Testing

/// Starting, reading, answering and cancelling a sign-in that wants a passcode.
@Suite struct SignInRulesTests {
    private let rules = SignInRules(settings: SignInSettings(), random: SystemRandomSource())
    private let caller = Caller(account: "vpn", frontEnd: "sdk")

    private func start(
        _ world: inout World, passcode: String? = nil, factor: RequestedFactor? = .passcode, caller: Caller? = nil
    ) throws -> SignIn {
        let request = SignInRequest(
            userGiven: "Alice", requested: factor, passcode: passcode, application: "vpn", clientAddress: "192.0.2.1")
        let (caller, id) = (caller ?? self.caller, world.random.identifier(IdentifierSubject.SignIn.self))
        return try world.decide(mark: caller.idempotency) { personCase throws(Refusal) in
            try rules.start(request, id: id, caller: caller, in: &personCase)
        }
    }

    private func answer(
        _ world: inout World, _ signIn: SignIn, _ passcode: String, account: String = "vpn"
    ) throws(Refusal) -> SignIn {
        try world.decide(signIn: signIn.id) { personCase throws(Refusal) in
            try rules.answer(passcode, account: account, in: &personCase)
        }
    }

    private func read(_ world: inout World, _ signIn: SignIn, account: String = "vpn") throws(Refusal) -> SignIn {
        try world.decide(signIn: signIn.id) { personCase throws(Refusal) in
            try rules.read(account: account, in: &personCase)
        }
    }

    private func cancel(_ world: inout World, _ signIn: SignIn, account: String = "vpn") throws(Refusal) -> SignIn {
        try world.decide(signIn: signIn.id) { personCase throws(Refusal) in
            try rules.cancel(account: account, in: &personCase)
        }
    }

    @Test func `approves by the passcode that came with it`() throws {
        var world = World()
        let factor = try world.own(.totp())
        let signIn = try start(&world, passcode: try world.passcode(of: factor))
        #expect(signIn.state == .approved)
        #expect(signIn.factorID == factor)
        #expect(signIn.factorKind == .totp)
        #expect(try world.signIn(signIn.id).state == .approved)
        #expect(world.takeAudit() == ["otp.ok"])
    }

    // R19: whatever the cause, the caller sees the same; the audit knows better.
    @Test func `tells the same of every refusal`() throws {
        var denied: [SignIn] = []
        var events: [String] = []
        let obstacles: [(inout World) throws -> String] = [
            { world in
                world.user = nil
                return "123456"
            },
            { _ in "123456" },
            { world in
                let factor = try world.own(.totp())
                let code = try world.passcode(of: factor)
                world.user?.isEnabled = false
                return code
            },
            { world in
                let factor = try world.own(.totp())
                let code = try world.passcode(of: factor)
                world.user?.block = User.Block(at: world.now, until: nil, reason: "stolen")
                return code
            },
            { world in
                let factor = try world.own(.totp())
                for _ in 0..<5 { _ = try world.check("000000") }
                return try world.passcode(of: factor)
            },
            { world in
                _ = try world.own(.totp())
                return "000000"
            },
            { world in
                let factor = try world.own(.totp())
                let code = try world.passcode(of: factor)
                #expect(try world.accepts(code))
                return code
            },
            { world in
                _ = try world.own(.totp())
                return "not a code"
            },
        ]
        for obstacle in obstacles {
            var world = World()
            let passcode = try obstacle(&world)
            _ = world.takeAudit()
            denied.append(try start(&world, passcode: passcode))
            events += world.takeAudit()
        }
        for signIn in denied {
            #expect(signIn.state == .denied)
            #expect(signIn.reason == .refused)
            #expect(signIn.retryAfterSeconds == nil)
            #expect(signIn.factorID == nil)
            #expect(signIn.factorKind == nil)
            #expect(signIn.requested == .passcode)
        }
        #expect(
            events == [
                "otp.unknown_user", "otp.no_factor", "otp.user_disabled", "otp.user_blocked", "otp.locked",
                "otp.wrong_code", "otp.replay", "otp.wrong_code",
            ])
    }

    // R22: a person who may not sign in is not judged, so nothing counts.
    @Test func `counts nothing against somebody who is disabled`() throws {
        var world = World()
        let factor = try world.own(.totp())
        world.user?.isEnabled = false
        _ = try start(&world, passcode: "000000")
        #expect(try world.factor(factor).budget.failures == 0)
    }

    @Test func `ends a block when its time is over`() throws {
        var world = World()
        let factor = try world.own(.totp())
        world.user?.block = User.Block(at: world.now, until: world.now + .seconds(60), reason: "")
        #expect(try start(&world, passcode: try world.passcode(of: factor)).state == .denied)
        world.now = world.now + .seconds(60)
        #expect(try start(&world, passcode: try world.passcode(of: factor)).state == .approved)
    }

    @Test func `asks for a passcode and takes it`() throws {
        var world = World()
        let factor = try world.own(.totp())
        let signIn = try start(&world)
        #expect(signIn.state == .pending)
        #expect(try answer(&world, signIn, "000000").state == .pending)
        #expect(try answer(&world, signIn, try world.passcode(of: factor)).state == .approved)
        #expect(refusal { () throws(Refusal) in try answer(&world, signIn, "000000") } == .alreadyDecided)
    }

    // contract.md: at most three answers.
    @Test func `is denied by the third wrong answer`() throws {
        var world = World()
        let factor = try world.own(.totp())
        let signIn = try start(&world)
        let states = try (0..<3).map { _ in try answer(&world, signIn, "000000").state }
        #expect(states == [.pending, .pending, .denied])
        #expect(
            refusal { () throws(Refusal) in try answer(&world, signIn, "000000") } == .alreadyDecided)
        #expect(try world.factor(factor).budget.failures == 3)
    }

    // R16: a new sign-in does not bring new tries.
    @Test func `shares the budget among sign-ins`() throws {
        var world = World()
        let factor = try world.own(.totp())
        for _ in 0..<5 { _ = try answer(&world, try start(&world), "000000") }
        #expect(try world.factor(factor).budget.failures == 5)
        #expect(try start(&world, passcode: try world.passcode(of: factor)).state == .denied)
    }

    // R28
    @Test func `expires by being looked at, and answers late with that`() throws {
        var world = World()
        let factor = try world.own(.totp())
        let signIn = try start(&world)
        world.now = world.now + .milliseconds(59_900)
        #expect(try read(&world, signIn).state == .pending)
        world.now = world.now + .milliseconds(200)
        let code = try world.passcode(of: factor)
        #expect(try answer(&world, signIn, code).state == .expired)
        #expect(try read(&world, signIn).reason == .expired)
        #expect(try world.factor(factor).oneTimePassword?.lastStep == nil)
        #expect(world.takeAudit() == ["sign_in.started", "sign_in.expired"])
    }

    // R20: looked at again at the end.
    @Test(arguments: ["disabled", "blocked", "deleted"])
    func `denies an answer when the person may not sign in any more`(what: String) throws {
        var world = World()
        let factor = try world.own(.totp())
        let signIn = try start(&world)
        let code = try world.passcode(of: factor)
        switch what {
        case "disabled": world.user?.isEnabled = false
        case "blocked": world.user?.block = User.Block(at: world.now, until: nil, reason: "")
        default: world.user = nil
        }
        _ = world.takeAudit()
        // R19: as many tries as for wrong passcodes, though none can be right.
        let answers = try (0..<3).map { _ in try answer(&world, signIn, code) }
        #expect(answers.map(\.state) == [.pending, .pending, .denied])
        #expect(answers.map(\.reason) == [nil, nil, .refused])
        #expect(try world.factor(factor).oneTimePassword?.lastStep == nil)
        #expect(world.takeAudit() == Array(repeating: "otp.denied.locked", count: 3))
    }

    // R20: the lock of a factor, too.
    @Test func `refuses an answer when the factor is locked meanwhile`() throws {
        var world = World()
        let factor = try world.own(.totp())
        let signIn = try start(&world)
        for _ in 0..<5 { _ = try world.check("000000") }
        #expect(try answer(&world, signIn, try world.passcode(of: factor)).state == .pending)
    }

    // R30
    @Test func `belongs to the account that began it`() throws {
        var world = World()
        let factor = try world.own(.totp())
        let signIn = try start(&world)
        let code = try world.passcode(of: factor)
        #expect(refusal { () throws(Refusal) in try read(&world, signIn, account: "wiki") } == .notFound)
        #expect(refusal { () throws(Refusal) in try answer(&world, signIn, code, account: "wiki") } == .notFound)
        #expect(refusal { () throws(Refusal) in try cancel(&world, signIn, account: "wiki") } == .notFound)
        #expect(try world.factor(factor).oneTimePassword?.lastStep == nil)
    }

    // R30: the code of another person opens nothing, and is not spent.
    @Test func `takes no code of another person`() throws {
        var alice = World()
        var bob = World("bob")
        _ = try alice.own(.totp())
        let bobs = try bob.own(.totp(secret: SecretBytes([UInt8](repeating: 9, count: 20))))
        let code = try bob.passcode(of: bobs)
        #expect(try answer(&alice, try start(&alice), code).state == .pending)
        #expect(try bob.accepts(code))
    }

    @Test func `is cancelled once and stays as it was decided`() throws {
        var world = World()
        _ = try world.own(.totp())
        let signIn = try start(&world)
        #expect(try cancel(&world, signIn).state == .cancelled)
        #expect(try cancel(&world, signIn).state == .cancelled)
        #expect(refusal { () throws(Refusal) in try answer(&world, signIn, "000000") } == .alreadyDecided)
        #expect(world.takeAudit() == ["sign_in.started", "sign_in.cancelled"])
    }

    // R72
    @Test func `gives the same key the same sign-in, and another body none`() throws {
        var world = World()
        let factor = try world.own(.totp())
        let code = try world.passcode(of: factor)
        let mark = IdempotencyMark(keyHash: [1], requestHash: [2])
        let first = Caller(account: "vpn", frontEnd: "sdk", idempotency: mark)
        let signIn = try start(&world, passcode: code, caller: first)
        let again = try start(&world, passcode: code, caller: first)
        #expect(signIn.state == .approved)
        #expect(again.id == signIn.id)
        #expect(again.state == .approved)
        #expect(world.signIns.count == 1)
        let other = Caller(
            account: "vpn", frontEnd: "sdk", idempotency: IdempotencyMark(keyHash: [1], requestHash: [3]))
        #expect(throws: Refusal(.idempotencyMismatch, reason: "")) {
            try start(&world, passcode: "000000", caller: other)
        }
        #expect(try world.factor(factor).budget.failures == 0)
    }

    // R28, R72: a kept key is a read, and any read expires what is late.
    @Test func `expires a late sign-in asked for by its key`() throws {
        var world = World()
        let mark = IdempotencyMark(keyHash: [1], requestHash: [2])
        let caller = Caller(account: "vpn", frontEnd: "sdk", idempotency: mark)
        _ = try world.own(.totp())
        let signIn = try start(&world, caller: caller)
        world.now = world.now + .seconds(61)
        let again = try start(&world, caller: caller)
        #expect(again.id == signIn.id)
        #expect(again.state == .expired)
        #expect(try world.signIn(signIn.id).state == .expired)
    }

    @Test func `takes what the person prefers when nothing is asked for`() throws {
        var world = World()
        _ = try world.own(.totp())
        #expect(try start(&world, factor: nil).requested == .passcode)
        _ = try world.own(.alices)
        #expect(try start(&world, factor: nil).requested == .push)
        world.user?.preferredFactor = .passcode
        #expect(try start(&world, factor: nil).requested == .passcode)
        #expect(try start(&world, passcode: "000000", factor: nil).requested == .passcode)
    }
}

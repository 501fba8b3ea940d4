// SPDX-License-Identifier: Apache-2.0
import MFADomain
import OneTimePassword
import Primitives
import Testing

/// Password, factor, ticket (contract.md, Portal).
@Suite struct PortalRulesTests {
    private let rules = PortalRules(
        signIns: SignInRules(settings: SignInSettings(), random: SystemRandomSource()), digests: PlainDigests())
    private let caller = Caller(account: "portal", frontEnd: "portal")
    private static let verifier = PasswordVerifier(salt: [1], hash: [2], cost: 14)

    private func world() throws -> World {
        var world = World()
        world.user?.password.verifier = Self.verifier
        _ = try world.own(.totp())
        return world
    }

    private func start(
        _ world: inout World, matches: Bool? = true, caller: Caller? = nil
    ) throws -> PortalStart {
        let request = SignInRequest(
            userGiven: "alice", requested: .choice, passcode: nil, application: "portal", clientAddress: "")
        let (id, caller) = (world.random.identifier(IdentifierSubject.SignIn.self), caller ?? self.caller)
        return try world.decide(mark: caller.idempotency) { personCase throws(Refusal) in
            try rules.start(request, id: id, caller: caller, matches: { _ in matches }, in: &personCase)
        }
    }

    private func choose(_ world: inout World, _ signIn: SignIn, _ factor: RequestedFactor) throws(Refusal) -> SignIn {
        try world.decide(signIn: signIn.id) { personCase throws(Refusal) in
            try rules.choose(factor, account: "portal", in: &personCase)
        }
    }

    /// Answers with the passcode and collects the ticket, as the service does.
    private func prove(_ world: inout World, _ signIn: SignIn, secret: String = "s") throws -> String? {
        let code = try world.passcode(of: world.factors[0].id)
        return try world.decide(signIn: signIn.id) { personCase throws(Refusal) in
            let answered = try rules.signIns.answer(code, account: "portal", in: &personCase)
            return rules.readWithTicket(answered, secret: secret, in: &personCase)
        }
    }

    private func collect(_ world: inout World, _ signIn: SignIn, secret: String = "s") throws -> String? {
        try world.decide(signIn: signIn.id) { personCase throws(Refusal) in
            let read = try rules.signIns.read(account: "portal", in: &personCase)
            return rules.readWithTicket(read, secret: secret, in: &personCase)
        }
    }

    private func admit(_ world: inout World, stepUp: Bool = false, account: String = "portal") -> Refusal.Code? {
        let hash = world.tickets.first?.hash
        return refusal { () throws(Refusal) in
            try world.decide(ticket: hash) { personCase throws(Refusal) in
                try PortalRules.admit(account: account, stepUp: stepUp, in: &personCase)
            }
        }
    }

    @Test func `offers what the person has, takes the choice and gives one ticket`() throws {
        var world = try world()
        _ = try world.own(.alices)
        let start = try start(&world)
        #expect(start.signIn.state == .pending)
        #expect(start.offered == [.push, .passcode])
        #expect(!start.isGuess)
        let chosen = try choose(&world, start.signIn, .passcode)
        #expect(chosen.state == .pending)
        #expect(try prove(&world, chosen, secret: "ticket") == "ticket")
        #expect(world.tickets.map(\.hash) == [PlainDigests().digest(ofSecret: "ticket")])
        #expect(try collect(&world, chosen) == nil)
        #expect(world.tickets.count == 1)
    }

    // R19: what the policy says to somebody who has no factor is said after the password, and not before it.
    @Test func `tells to enrol whoever proved the password and has no factor, and nobody else`() throws {
        for (matches, mustEnrol) in [(true, true), (false, false), (nil, false)] as [(Bool?, Bool)] {
            var world = try world()
            world.factors = []
            try world.obey(PolicyTerms(withoutFactor: .enrol))
            let start = try start(&world, matches: matches)
            #expect(start.signIn.state == .denied && start.signIn.reason == .refused)
            #expect(start.signIn.mustEnrol == mustEnrol && start.isGuess != mustEnrol)
            #expect(start.offered == [])
            if mustEnrol { #expect(world.takeAudit() == ["password.must_enrol"]) }
        }
        var world = try world()
        try world.obey(PolicyTerms(withoutFactor: .enrol))
        #expect(try start(&world).signIn.state == .pending, "who has one chooses it")
    }

    // R19: the caller sees one refusal; R21: a wrong password costs no factor anything.
    @Test func `refuses alike for every cause`() throws {
        let causes: [(inout World) -> Bool?] = [
            { world in
                world.user = nil
                return true
            },
            { world in
                world.user?.password.verifier = nil
                return true
            },
            { _ in false }, { _ in nil },
            { world in
                world.factors = []
                return true
            },
            { world in
                world.user?.isEnabled = false
                return true
            },
        ]
        for cause in causes {
            var world = try world()
            let matches = cause(&world)
            let start = try start(&world, matches: matches)
            #expect(start.signIn.state == .denied)
            #expect(start.signIn.reason == .refused)
            #expect(start.signIn.requested == .choice)
            #expect(world.factors.allSatisfy { $0.budget.failures == 0 })
        }
    }

    // R14: the password has a budget of its own; R22: what was not compared does not count.
    @Test func `delays passwords after too many wrong ones`() throws {
        var world = try world()
        for _ in 0..<3 { #expect(try start(&world, matches: nil).signIn.state == .denied) }
        #expect(world.user?.password.budget.failures == 0)
        for _ in 0..<5 { #expect(try start(&world, matches: false).isGuess) }
        #expect(try start(&world).signIn.state == .denied)
        world.now = world.now + .seconds(30)
        #expect(try start(&world).signIn.state == .pending)
        #expect(world.user?.password.budget == FailureBudget())
    }

    // R16: the right password gives back no tries of the factor.
    @Test func `does not reset a factor's budget by the password`() throws {
        var world = try world()
        for _ in 0..<4 { _ = try world.check("000000") }
        #expect(try start(&world).signIn.state == .pending)
        #expect(world.factors[0].budget.failures == 4)
    }

    // R20
    @Test func `looks again at the choice, at the answer and at the ticket`() throws {
        var world = try world()
        _ = try world.own(.alices)
        let first = try start(&world).signIn
        world.user?.isEnabled = false
        #expect(try choose(&world, first, .push).state == .denied)
        world.user?.isEnabled = true
        let second = try choose(&world, try start(&world).signIn, .passcode)
        world.user?.block = User.Block(at: world.now, until: nil, reason: "")
        // R19: as many tries as for wrong passcodes.
        for state in [SignInState.pending, .pending, .denied] {
            #expect(try prove(&world, second) == nil)
            #expect(try world.signIn(second.id).state == state)
        }
        #expect(world.tickets.isEmpty)
    }

    // R26
    @Test func `denies a push while one waits`() throws {
        var world = try world()
        _ = try world.own(.alices)
        let waiting = try choose(&world, try start(&world).signIn, .push)
        #expect(waiting.prompt?.number?.utf8.count == 6)
        let second = try choose(&world, try start(&world).signIn, .push)
        #expect(second.reason == .promptPending)
        #expect(throws: Refusal(.conflict, reason: "")) { try choose(&world, waiting, .passcode) }
    }

    @Test func `chooses for sign-ins of the portal alone`() throws {
        var world = try world()
        let other = SignIn(
            id: world.random.identifier(), userID: try world.userID, account: "portal", application: "portal",
            clientAddress: "", requested: .passcode, createdAt: world.now, expiresAt: world.now + .seconds(60))
        world.signIns = [other]
        #expect(throws: Refusal(.notFound, reason: "")) { try choose(&world, other, .passcode) }
        #expect(try prove(&world, other) == nil)
        #expect(try world.signIn(other.id).state == .approved)
        #expect(world.tickets.isEmpty)
    }

    // R75: ≤ 1 h idle, 24 h in all.
    @Test func `ends a ticket that is idle for an hour or a day old`() throws {
        var world = try world()
        _ = try prove(&world, try choose(&world, try start(&world).signIn, .passcode))
        let begin = world.now
        world.now = begin + .seconds(3599)
        #expect(admit(&world) == nil)
        world.now = world.now + .seconds(3600)
        #expect(admit(&world) == .unauthenticated)
        world.now = begin + .seconds(3599)
        for _ in 0..<24 {
            #expect(admit(&world) == nil)
            world.now = world.now + .seconds(3599)
        }
        world.now = begin + .seconds(86_399)
        #expect(admit(&world) == nil)
        world.now = begin + .seconds(86_400)
        #expect(admit(&world) == .unauthenticated)
    }

    // R75 with R37: a change of factors needs a sign-in of the last 300 s.
    @Test(arguments: [(299, nil), (300, .stepUpRequired), (301, .stepUpRequired)] as [(Int, Refusal.Code?)])
    func `asks for a fresh sign-in before a change`(seconds: Int, expected: Refusal.Code?) throws {
        var world = try world()
        _ = try prove(&world, try choose(&world, try start(&world).signIn, .passcode))
        world.now = world.now + .seconds(seconds)
        #expect(admit(&world, stepUp: true) == expected)
        #expect(admit(&world) == nil)
    }

    // R75: proof does not become fresh by being collected late, and not for ever.
    @Test func `dates a ticket from the decision and gives none long after it`() throws {
        for (seconds, isGiven) in [(250, true), (300, false)] {
            var world = try world()
            _ = try world.own(.alices)
            let signIn = try choose(&world, try start(&world).signIn, .passcode)
            let decidedAt = world.now
            let code = try world.passcode(of: world.factors[0].id)
            _ = try world.decide(signIn: signIn.id) { personCase throws(Refusal) in
                try rules.signIns.answer(code, account: "portal", in: &personCase)
            }
            world.now = world.now + .seconds(seconds)
            #expect(try (collect(&world, signIn) != nil) == isGiven)
            #expect(world.tickets.map(\.provedAt) == (isGiven ? [decidedAt] : []))
        }
    }

    @Test func `opens for the account that it was given to, and a person who may sign in`() throws {
        var world = try world()
        _ = try prove(&world, try choose(&world, try start(&world).signIn, .passcode))
        #expect(admit(&world, account: "other") == .unauthenticated)
        world.user?.isEnabled = false
        #expect(admit(&world) == .unauthenticated)
        world.user = World("bob").user
        #expect(admit(&world) == .unauthenticated)
    }

    // R75: a change made under a ticket ends all others; the new one is no younger.
    @Test func `replaces every ticket by one after a change`() throws {
        var world = try world()
        _ = try prove(&world, try choose(&world, try start(&world).signIn, .passcode), secret: "one")
        world.now = world.now + .seconds(60)
        _ = try prove(&world, try choose(&world, try start(&world).signIn, .passcode), secret: "two")
        let ticket = world.tickets[0]
        let renewed = try world.decide(ticket: ticket.hash) { personCase throws(Refusal) in
            rules.renewTicket(ticket, secret: "three", in: &personCase)
        }
        #expect(renewed == "three")
        #expect(world.tickets.map(\.hash) == [PlainDigests().digest(ofSecret: "three")])
        #expect(world.tickets.map(\.provedAt) == [ticket.provedAt])
    }

    // R72
    @Test func `gives the same key the same sign-in without another guess`() throws {
        var world = try world()
        let keyed = Caller(
            account: "portal", frontEnd: "portal", idempotency: IdempotencyMark(keyHash: [1], requestHash: [2]))
        let first = try start(&world, matches: false, caller: keyed)
        let again = try start(&world, matches: false, caller: keyed)
        #expect(again.signIn.id == first.signIn.id)
        #expect(!again.isGuess)
        #expect(world.user?.password.budget.failures == 1)
    }
}

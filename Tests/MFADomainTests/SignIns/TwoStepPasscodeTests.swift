// SPDX-License-Identifier: Apache-2.0
import MFADomain
import OneTimePassword
import Primitives
import Testing

/// R19: being asked for a passcode tells nobody who exists, nor who may sign in.
@Suite struct TwoStepPasscodeTests {
    private let rules = SignInRules(settings: SignInSettings(), random: SystemRandomSource())
    private let caller = Caller(account: "vpn", frontEnd: "sdk")

    enum Person: String, CaseIterable {
        case right, stranger, bare, disabled, blocked, locked

        /// What the audit says of being asked, and of an answer.
        var reasons: (asked: String?, answered: String) {
            switch self {
            case .right: (nil, "wrong_code")
            case .stranger: ("unknown_user", "unknown_user")
            case .bare: (nil, "no_factor")
            case .disabled: ("user_disabled", "user_disabled")
            case .blocked: ("user_blocked", "user_blocked")
            case .locked: (nil, "locked")
            }
        }

        func world() throws -> World {
            var world = World()
            guard self != .bare else { return world }
            _ = try world.own(.totp())
            switch self {
            case .right, .bare: break
            case .stranger:
                world.user = nil
                world.factors = []
            case .disabled: world.user?.isEnabled = false
            case .blocked: world.user?.block = User.Block(at: world.now, until: nil, reason: "stolen")
            case .locked: for _ in 0..<5 { _ = try world.check("000000") }
            }
            return world
        }
    }

    /// What the caller may see of a sign-in.
    private struct Face: Equatable {
        let state: SignInState
        let reason: DenialReason?
        let requested: RequestedFactor
        let retryAfterSeconds: Int64?
        let factorKind: FactorKind?
        let wait: Duration
        let isPrompt: Bool

        init(_ signIn: SignIn) {
            state = signIn.state
            reason = signIn.reason
            requested = signIn.requested
            retryAfterSeconds = signIn.retryAfterSeconds
            factorKind = signIn.factorKind
            wait = signIn.expiresAt - signIn.createdAt
            isPrompt = signIn.prompt != nil
        }
    }

    private func start(_ world: inout World, factor: RequestedFactor?) throws -> SignIn {
        let request = SignInRequest(
            userGiven: "Alice", requested: factor, passcode: nil, application: "vpn", clientAddress: "192.0.2.1")
        let (caller, id) = (caller, world.random.identifier(IdentifierSubject.SignIn.self))
        return try world.decide { personCase throws(Refusal) in
            try rules.start(request, id: id, caller: caller, in: &personCase)
        }
    }

    private func answer(_ world: inout World, _ id: SignInID) throws -> SignIn {
        try world.decide(signIn: id) { personCase throws(Refusal) in
            try rules.answer("000000", account: "vpn", in: &personCase)
        }
    }

    // R19
    @Test(arguments: Person.allCases, [RequestedFactor.passcode, nil])
    func `everybody is asked alike and has as many tries`(person: Person, factor: RequestedFactor?) throws {
        var world = try person.world()
        _ = world.takeAudit()
        var model = try Person.right.world()
        let (asked, expected) = (try start(&world, factor: factor), try start(&model, factor: factor))
        #expect(asked.state == .pending)
        #expect(Face(asked) == Face(expected))
        for _ in 0..<SignIn.answersMax {
            #expect(Face(try answer(&world, asked.id)) == Face(try answer(&model, expected.id)))
        }
        #expect(try world.signIn(asked.id).state == .denied)
        #expect(
            world.audit.map(\.reason) == [person.reasons.asked] + [String](repeating: person.reasons.answered, count: 3)
        )
        #expect(world.audit.map(\.outcome) == ["pending", "denied", "denied", "denied"])
    }

    // R19: a phone of somebody who may not sign in is not told of either.
    @Test(arguments: ["disabled", "blocked"])
    func `who may not sign in is asked like a stranger, whatever is preferred`(what: String) throws {
        var world = World()
        _ = try world.own(.alices)
        world.user?.preferredFactor = .push
        if what == "disabled" {
            world.user?.isEnabled = false
        } else {
            world.user?.block = User.Block(at: world.now, until: nil, reason: "stolen")
        }
        var strange = try Person.stranger.world()
        #expect(Face(try start(&world, factor: nil)) == Face(try start(&strange, factor: nil)))
        #expect(Face(try start(&world, factor: .push)) == Face(try start(&strange, factor: .push)))
    }

    // R19: a preference that nothing stands behind must not answer for the person.
    @Test func `who prefers a phone and has none is asked like a stranger`() throws {
        var world = try Person.right.world()
        world.user?.preferredFactor = .push
        var strange = try Person.stranger.world()
        #expect(Face(try start(&world, factor: nil)) == Face(try start(&strange, factor: nil)))
    }
}

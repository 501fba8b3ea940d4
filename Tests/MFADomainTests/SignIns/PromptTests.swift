// SPDX-License-Identifier: Apache-2.0
import MFADomain
import Primitives
import Testing

/// What is put before a person's phones, and when it is not.
@Suite struct PromptTests {
    private let rules = SignInRules(settings: SignInSettings(), random: SystemRandomSource())
    private let caller = Caller(account: "vpn", frontEnd: "sdk")

    private func push(_ world: inout World, _ rules: SignInRules? = nil, caller: Caller? = nil) throws -> SignIn {
        let request = SignInRequest(
            userGiven: "alice", requested: .push, passcode: nil, application: "vpn", clientAddress: "")
        let (rules, caller) = (rules ?? self.rules, caller ?? self.caller)
        let id: SignInID = world.random.identifier()
        return try world.decide(mark: caller.idempotency) { personCase throws(Refusal) in
            try rules.start(request, id: id, caller: caller, in: &personCase)
        }
    }

    @Test func `shows a number and waits`() throws {
        var world = World()
        _ = try world.own(.alices)
        let signIn = try push(&world)
        let prompt = try #require(signIn.prompt)
        #expect(signIn.state == .pending)
        #expect(prompt.number?.utf8.count == 6)
        #expect(prompt.createdAtText == world.now.description)
        #expect(signIn.expiresAt == world.now + .seconds(60))
        #expect(world.takeAudit() == ["push.started"])
    }

    // R25: 10 000 numbers, digit by digit: χ² with 9 degrees of freedom stays below 33.7 with p = 0.9999 a place.
    @Test func `shows numbers that are equally likely, leading zeros kept`() {
        let random = SystemRandomSource()
        var counts = [[Int]](repeating: [Int](repeating: 0, count: 10), count: 6)
        for _ in 0..<10_000 {
            let number = random.decimal(digits: 6)
            #expect(number.utf8.count == 6)
            for (place, digit) in number.utf8.enumerated() { counts[place][Int(digit - UInt8(ascii: "0"))] += 1 }
        }
        for place in counts {
            let chiSquare = place.reduce(0.0) { sum, count in
                let difference = Double(count) - 1000
                return sum + difference * difference / 1000
            }
            #expect(chiSquare < 33.72)
        }
        #expect(counts[0][0] > 0)
    }

    // R26
    @Test func `puts one prompt before a person at a time`() throws {
        var world = World()
        _ = try world.own(.alices)
        let first = try push(&world)
        world.now = world.now + .milliseconds(20_500)
        let second = try push(&world)
        #expect(second.state == .denied)
        #expect(second.reason == .promptPending)
        #expect(second.retryAfterSeconds == 40)
        #expect(second.prompt == nil)
        #expect(try world.signIn(first.id).state == .pending)
        #expect(world.takeAudit() == ["push.started", "push.prompt_pending"])
    }

    // R26: an expired prompt is ended by the one that replaces it.
    @Test func `replaces a prompt whose time is over`() throws {
        var world = World()
        _ = try world.own(.alices)
        let first = try push(&world)
        world.now = world.now + .seconds(60)
        let second = try push(&world)
        #expect(second.state == .pending)
        #expect(try world.signIn(first.id).state == .expired)
        #expect(try world.signIn(first.id).prompt?.number == nil)
        #expect(second.prompt?.nonce != first.prompt?.nonce)
        #expect(world.takeAudit() == ["push.started", "push.expired", "push.started"])
    }

    // R72: only the same key returns it; the number belongs to that sign-in alone (R30).
    @Test func `gives the number again to the same key alone`() throws {
        var world = World()
        _ = try world.own(.alices)
        let mark = IdempotencyMark(keyHash: [1], requestHash: [2])
        let keyed = Caller(account: "vpn", frontEnd: "sdk", idempotency: mark)
        let first = try push(&world, caller: keyed)
        let again = try push(&world, caller: keyed)
        #expect(again.id == first.id)
        #expect(again.prompt?.number == first.prompt?.number)
        #expect(try push(&world).prompt == nil)
    }

    // R27
    @Test func `stays away after a fraud report`() throws {
        var world = World()
        _ = try world.own(.alices)
        world.user?.promptsBlockedAt = world.now
        let signIn = try push(&world)
        #expect(signIn.state == .denied)
        #expect(signIn.reason == .refused)
        #expect(world.takeAudit() == ["push.fraud_block"])
    }

    // R19
    @Test func `refuses alike whoever has no phone that may answer`() throws {
        let obstacles: [(inout World) throws -> Void] = [
            { $0.user = nil }, { _ in }, { _ = try $0.own(.alices, state: .disabled) },
            { world in
                _ = try world.own(.alices)
                world.user?.isEnabled = false
            },
            { world in
                _ = try world.own(.alices)
                for _ in 0..<5 {
                    _ = world.factors[0].recordFailure(at: world.now, limits: FailureLimits())
                }
            },
        ]
        for obstacle in obstacles {
            var world = World()
            try obstacle(&world)
            let signIn = try push(&world)
            #expect(signIn.state == .denied)
            #expect(signIn.reason == .refused)
            #expect(signIn.prompt == nil)
            #expect(signIn.requested == .push)
        }
    }

    // R25: plain approval is a setting, and marked.
    @Test func `marks plain approval in the audit`() throws {
        var world = World()
        _ = try world.own(.alices)
        let plain = SignInRules(settings: SignInSettings(numberDigits: 0), random: SystemRandomSource())
        let signIn = try push(&world, plain)
        #expect(signIn.prompt?.number == nil)
        #expect(signIn.prompt?.numberDigits == 0)
        #expect(world.audit.first?.detail == ["plain_approval": "true"])
    }

    // R25: so is a number that is shorter than the standard asks for.
    @Test(arguments: [(2, "2"), (5, "5"), (6, nil), (8, nil)] as [(Int, String?)])
    func `marks a short number in the audit`(digits: Int, mark: String?) throws {
        var world = World()
        _ = try world.own(.alices)
        let short = SignInRules(settings: SignInSettings(numberDigits: digits), random: SystemRandomSource())
        #expect(try push(&world, short).prompt?.number?.count == digits)
        #expect(world.audit.first?.detail == (mark.map { ["number_digits": $0] } ?? [:]))
    }

    @Test func `is ended by the account that began it`() throws {
        var world = World()
        _ = try world.own(.alices)
        let signIn = try push(&world)
        let cancelled = try world.decide(signIn: signIn.id) { personCase throws(Refusal) in
            try rules.cancel(account: "vpn", in: &personCase)
        }
        #expect(cancelled.state == .cancelled)
        #expect(try push(&world).state == .pending)
    }

    @Test func `takes no passcode`() throws {
        var world = World()
        _ = try world.own(.alices)
        let factor = try world.own(.totp())
        let signIn = try push(&world)
        let code = try world.passcode(of: factor)
        #expect(throws: Refusal(.conflict, reason: "")) {
            try world.decide(signIn: signIn.id) { personCase throws(Refusal) in
                try rules.answer(code, account: "vpn", in: &personCase)
            }
        }
        #expect(try world.signIn(signIn.id).state == .pending)
    }
}

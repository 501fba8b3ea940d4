// SPDX-License-Identifier: Apache-2.0
import DeviceProtocol
import MFADomain
import Primitives
import Testing

/// Changes of an account, and what they end.
@Suite struct UserRulesTests {
    private let rules = UserRules(signIns: SignInRules(settings: SignInSettings(), random: SystemRandomSource()))

    private func ticket(_ world: World) throws -> Ticket {
        Ticket(
            hash: [1], userID: try world.userID, account: "portal", factorKind: .device, provedAt: world.now,
            createdAt: world.now, lastUsedAt: world.now)
    }

    // R20, R75
    @Test(arguments: ["block", "disable", "delete"])
    func `denies what waits and ends the tickets of somebody who may not sign in`(what: String) throws {
        var scene = try PhoneScene()
        scene.world.tickets = [try ticket(scene.world)]
        let signIn = try scene.push()
        let factor = try scene.world.factor(scene.device)
        try scene.world.decide { personCase throws(Refusal) in
            switch what {
            case "block": _ = try rules.block(reason: "stolen", in: &personCase)
            case "disable": _ = try rules.update(in: &personCase) { $0.isEnabled = false }
            default: try rules.delete(in: &personCase)
            }
        }
        let stored = try scene.world.signIn(signIn.id)
        #expect(stored.state == .denied)
        #expect(stored.reason == .refused)
        #expect(scene.world.tickets.isEmpty)
        #expect(scene.world.takeAudit().contains("push.denied.locked"))
        // The phone's approval comes too late, whatever it signs.
        let number = scene.number(of: signIn)
        let answer = ChallengeAnswer(
            decision: .approve, number: number,
            signature: scene.phone.sign(scene.lines(signIn, .approve, number: number)))
        let deviceRules = scene.rules
        let outcome = try scene.world.decide(signIn: signIn.id) { personCase throws(Refusal) in
            try deviceRules.answer(answer, by: factor, in: &personCase)
        }
        #expect(outcome == .decidedOtherwise)
    }

    @Test func `leaves what waits when nothing of that changed`() throws {
        var scene = try PhoneScene()
        scene.world.tickets = [try ticket(scene.world)]
        let signIn = try scene.push()
        _ = try scene.world.decide { personCase throws(Refusal) in
            try rules.update(in: &personCase) { $0.displayName = "Alice" }
        }
        #expect(try scene.state(of: signIn) == .pending)
        #expect(scene.world.tickets.count == 1)
        #expect(scene.world.user?.displayName == "Alice")
    }

    // R20
    @Test func `the row of a change says whether one may sign in, where that changed`() throws {
        var world = World()
        for isEnabled in [false, false, true] {
            _ = try world.decide { personCase throws(Refusal) in
                try rules.update(in: &personCase) { $0.isEnabled = isEnabled }
            }
        }
        #expect(world.audit.map(\.event) == ["user.updated", "user.updated", "user.updated"])
        #expect(world.audit.map { $0.detail["enabled"] } == ["false", nil, "true"])
        #expect(world.audit.allSatisfy { $0.detail["username"] == "alice" })
    }

    // R15
    @Test func `makes disabled factors active again and resets every budget`() throws {
        var world = World()
        let disabled = try world.own(.totp(), state: .disabled)
        let unconfirmed = try world.own(.totp(), state: .unconfirmed)
        let failed = try world.own(.hotp())
        for index in world.factors.indices {
            _ = world.factors[index].budget.recordFailure(at: world.now, limits: FailureLimits())
        }
        _ = world.user?.password.budget.recordFailure(at: world.now, limits: FailureLimits())
        _ = try world.decide { personCase throws(Refusal) in try rules.unlock(in: &personCase) }
        #expect(world.factors.allSatisfy { $0.budget == FailureBudget() })
        #expect(world.user?.password.budget == FailureBudget())
        #expect(try world.factor(disabled).state == .active)
        #expect(try world.factor(failed).state == .active)
        // R13: never by an unlock.
        #expect(try world.factor(unconfirmed).state == .unconfirmed)
    }

    @Test func `ends a block, and says why it stood and why it ended`() throws {
        var world = World()
        _ = try world.decide { personCase throws(Refusal) in try rules.block(reason: "x", in: &personCase) }
        #expect(world.user?.isBlocked(at: world.now) == true)
        _ = try world.decide { personCase throws(Refusal) in try rules.unblock(reason: "found", in: &personCase) }
        #expect(world.user?.isBlocked(at: world.now) == false)
        #expect(world.audit.last?.detail == ["reason": "found"])
        let reason = world.audit.last?.changes.first { $0.field == "blockedReason" }
        #expect(reason == AuditChange("blockedReason", from: .text("x"), to: nil))
    }

    // R20: a block ends by itself, to the second, and not before.
    @Test(arguments: [(Int64?.none, Int64(7_776_000)), (60, 60)])
    func `a block ends by itself`(seconds: Int64?, lasts: Int64) throws {
        var world = World()
        let blocked = try world.decide { personCase throws(Refusal) in
            guard let seconds else { return try rules.block(reason: "x", in: &personCase) }
            return try rules.block(reason: "x", for: .seconds(seconds), in: &personCase)
        }
        let end = world.now + .seconds(lasts)
        #expect(blocked.block == User.Block(at: world.now, until: end, reason: "x"))
        #expect(blocked.isBlocked(at: end - .microseconds(1)) && !blocked.isBlocked(at: end))
        #expect(blocked.seen(at: end - .microseconds(1)).block != nil && blocked.seen(at: end).block == nil)
        #expect(world.audit.last?.detail == ["reason": "x", "until": end.description])
    }

    @Test func `a block without an end ends by an unblock alone, and the next block says what stood before`() throws {
        var world = World()
        let far = world.now + .seconds(20 * 365 * 86_400)
        let first = try world.decide { personCase throws(Refusal) in
            try rules.block(reason: "left", for: nil, in: &personCase)
        }
        #expect(first.isBlocked(at: far) && first.seen(at: far).block != nil)
        _ = try world.decide { personCase throws(Refusal) in
            try rules.block(reason: "lost", for: .seconds(60), in: &personCase)
        }
        let changes = try #require(world.audit.last?.changes)
        #expect(changes.contains(AuditChange("blockedReason", from: .text("left"), to: .text("lost"))))
        let end = AuditChange.Value.text((world.now + .seconds(60)).description)
        #expect(changes.contains(AuditChange("blockedUntil", from: nil, to: end)))
    }

    // R75
    @Test func `ends all tickets with the old password`() throws {
        var world = World()
        world.tickets = [try ticket(world)]
        let verifier = PasswordVerifier(salt: [1], hash: [2], cost: 14)
        _ = try world.decide { personCase throws(Refusal) in try rules.setPassword(verifier, in: &personCase) }
        #expect(world.user?.password.verifier == verifier)
        #expect(world.tickets.isEmpty)
    }

    @Test func `does nothing to nobody`() throws {
        var world = World()
        world.user = nil
        #expect(throws: Refusal(.notFound, reason: "")) {
            try world.decide { personCase throws(Refusal) in try rules.unlock(in: &personCase) }
        }
    }
}

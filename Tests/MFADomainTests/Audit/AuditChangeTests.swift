// SPDX-License-Identifier: Apache-2.0
import MFADomain
import OneTimePassword
import Primitives
import Testing

/// R87: what an administrative act changed stands in its row, before and after, and no secret does.
@Suite struct AuditChangeTests {
    private let signIns = SignInRules(settings: SignInSettings(), random: SystemRandomSource())
    private var users: UserRules { UserRules(signIns: signIns) }
    private let factors = FactorRules(limits: FailureLimits(), windows: OneTimePasswordWindows())

    /// The changes of the one row of `event`, by field.
    private func changes(_ event: String, in world: World) throws -> [String: AuditChange] {
        let rows = world.audit.filter { $0.event == event }
        try #require(rows.count == 1, "\(event): \(rows.count)")
        return Dictionary(uniqueKeysWithValues: rows[0].changes.map { ($0.field, $0) })
    }

    @Test func `of two states only what differs is told, by name`() {
        let changes = AuditChange.between(
            ["a": .text("1"), "b": .flag(true), "c": .list(["x"]), "d": .secret],
            ["a": .text("1"), "b": .flag(false), "d": .secret, "e": .number(7)], prefix: "p.")
        #expect(
            changes == [
                AuditChange("p.b", from: .flag(true), to: .flag(false)),
                AuditChange("p.c", from: .list(["x"]), to: nil),
                AuditChange("p.e", from: nil, to: .number(7)),
            ])
    }

    @Test func `a person is made, changed and removed with every field that there is`() throws {
        var world = World()
        let random = world.random
        let new = User(
            id: random.identifier(), username: "bob", canonicalName: "bob", email: "b@example.org",
            phones: [.init(kind: "mobile", number: "+15551230000")], groups: ["guests"], createdAt: world.now)
        _ = try world.decide { personCase throws(Refusal) in users.create(new, in: &personCase) }
        let made = try changes("user.created", in: world)
        #expect(Set(made.keys) == ["username", "email", "phones", "groups", "enabled"])
        #expect(made.values.allSatisfy { $0.before == nil })
        #expect(made["phones"]?.after == .list(["mobile +15551230000"]))
        _ = try world.decide { personCase throws(Refusal) in
            try users.update(in: &personCase) { user in
                user.email = nil
                user.phones[0].number = "+15551230001"
                user.isEnabled = false
            }
        }
        let changed = try changes("user.updated", in: world)
        #expect(Set(changed.keys) == ["email", "phones", "enabled"])
        #expect(changed["email"] == AuditChange("email", from: .text("b@example.org"), to: nil))
        #expect(changed["enabled"] == AuditChange("enabled", from: .flag(true), to: .flag(false)))
        let token = try world.own(.totp())
        try world.decide { personCase throws(Refusal) in try users.delete(in: &personCase) }
        let removed = try changes("user.deleted", in: world)
        #expect(removed["username"] == AuditChange("username", from: .text("bob"), to: nil))
        #expect(removed["factors"]?.before == .list(["totp \(token)"]))
        #expect(removed.values.allSatisfy { $0.after == nil })
    }

    @Test func `block, unblock and unlock tell what they found`() throws {
        var world = World()
        _ = try world.decide { personCase throws(Refusal) in try users.block(reason: "lost", in: &personCase) }
        let blocked = try changes("user.blocked", in: world)
        #expect(blocked["blockedReason"] == AuditChange("blockedReason", from: nil, to: .text("lost")))
        #expect(blocked["blockedAt"]?.after == .text(world.now.description))
        world.user?.promptsBlockedAt = world.now
        _ = try world.decide { personCase throws(Refusal) in try users.unblock(in: &personCase) }
        let unblocked = try changes("user.unblocked", in: world)
        #expect(Set(unblocked.keys) == ["blockedAt", "blockedReason", "blockedUntil", "promptsBlockedAt"])
        let token = try world.own(.totp(), state: .disabled)
        _ = world.factors[0].budget.recordFailure(at: world.now, limits: FailureLimits())
        _ = world.user?.password.budget.recordFailure(at: world.now, limits: FailureLimits())
        _ = try world.decide { personCase throws(Refusal) in try users.unlock(in: &personCase) }
        let unlocked = try changes("user.unlocked", in: world)
        #expect(unlocked["passwordFailures"]?.before == .number(1))
        #expect(
            unlocked["factor.\(token).state"]
                == AuditChange("factor.\(token).state", from: .text("disabled"), to: .text("active")))
    }

    @Test func `a password is told as one, and another one as a change`() throws {
        var world = World()
        for (salt, before) in [(1, nil), (2, .secret)] as [(UInt8, AuditChange.Value?)] {
            let verifier = PasswordVerifier(salt: [salt], hash: [salt], cost: 14)
            _ = world.takeAudit()
            _ = try world.decide { personCase throws(Refusal) in try users.setPassword(verifier, in: &personCase) }
            #expect(
                try changes("user.password_set", in: world)["password"]
                    == AuditChange("password", from: before, to: .secret))
        }
    }

    @Test func `a factor is added, confirmed, moved and removed without its secret`() throws {
        var world = World()
        let id: FactorID = world.random.identifier()
        let proposal = FactorProposal(name: "token", password: .hotp(), secret: rfcSecret(), isImported: false)
        _ = try world.decide { personCase throws(Refusal) in try factors.add(proposal, id: id, in: &personCase) }
        let added = try changes("factor.added", in: world)
        #expect(added["secret"]?.after == .secret && added["state"]?.after == .text("unconfirmed"))
        let code = try world.passcode(of: id)
        _ = try world.decide { personCase throws(Refusal) in
            try factors.confirm(id, passcode: code, in: &personCase)
        }
        let confirmed = try changes("factor.confirmed", in: world)
        #expect(confirmed["state"] == AuditChange("state", from: .text("unconfirmed"), to: .text("active")))
        #expect(confirmed["lastStep"] == AuditChange("lastStep", from: nil, to: .number(0)))
        let pair = (try world.passcode(of: id, steps: 20), try world.passcode(of: id, steps: 21))
        _ = try world.decide { personCase throws(Refusal) in
            try factors.resynchronise(id, first: pair.0, second: pair.1, in: &personCase)
        }
        #expect(try changes("factor.resynchronised", in: world)["lastStep"]?.before == .number(0))
        _ = try world.decide { personCase throws(Refusal) in
            try factors.remove(id, signIns: signIns, in: &personCase)
        }
        let removed = try changes("factor.removed", in: world)
        #expect(removed["name"]?.before == .text("token") && removed.values.allSatisfy { $0.after == nil })
    }
}

// SPDX-License-Identifier: Apache-2.0
import DeviceProtocol
import MFADomain
import Primitives
import Testing

/// R26: how many prompts a person gets, and what brings the next one.
@Suite struct PromptBudgetTests {
    private let rules = SignInRules(settings: SignInSettings(), random: SystemRandomSource())
    private let caller = Caller(account: "vpn", frontEnd: "sdk")

    private func start(_ world: inout World, _ factor: RequestedFactor? = .push) throws -> SignIn {
        let request = SignInRequest(
            userGiven: "alice", requested: factor, passcode: nil, application: "vpn", clientAddress: "")
        let id: SignInID = world.random.identifier()
        return try world.decide { personCase throws(Refusal) in
            try rules.start(request, id: id, caller: caller, in: &personCase)
        }
    }

    private func cancel(_ signIn: SignIn, _ world: inout World) throws {
        _ = try world.decide(signIn: signIn.id) { personCase throws(Refusal) in
            try rules.cancel(account: "vpn", in: &personCase)
        }
    }

    private func ignore(_ count: Int, _ world: inout World) throws {
        for _ in 0..<count {
            let signIn = try start(&world)
            #expect(signIn.state == .pending)
            world.now = signIn.expiresAt
            _ = try world.decide(signIn: signIn.id) { personCase throws(Refusal) in
                try rules.read(account: "vpn", in: &personCase)
            }
        }
    }

    // R26
    @Test func `allows five prompts within ten minutes`() throws {
        var world = World()
        _ = try world.own(.alices)
        let begin = world.now
        for minute in 0..<5 {
            world.now = begin + .seconds(minute * 60)
            let signIn = try start(&world)
            #expect(signIn.state == .pending)
            try cancel(signIn, &world)
        }
        for second in [241, 300, 599] {
            world.now = begin + .seconds(second)
            let refused = try start(&world)
            #expect(refused.state == .denied && refused.reason == .refused && refused.prompt == nil)
            #expect(refused.retryAfterSeconds == nil)
        }
        #expect(world.audit.last?.event == "push.too_many_prompts")
        // The window slides: the first prompt is ten minutes old, the others are not.
        world.now = begin + .seconds(600)
        try cancel(try start(&world), &world)
        #expect(try start(&world).state == .denied)
        world.now = begin + .seconds(660)
        #expect(try start(&world).state == .pending)
    }

    // R26
    @Test func `allows twenty prompts within a day`() throws {
        var world = World()
        _ = try world.own(.alices)
        let begin = world.now
        for number in 0..<20 {
            world.now = begin + .seconds(number * 1200)
            let signIn = try start(&world)
            #expect(signIn.state == .pending, "\(number)")
            try cancel(signIn, &world)
        }
        world.now = begin + .seconds(86_399)
        #expect(try start(&world).state == .denied)
        world.now = begin + .seconds(86_400)
        #expect(try start(&world).state == .pending)
        #expect(try #require(world.user).prompts.startedAt.count == 20)
    }

    // R26
    @Test func `follows three ignored prompts with none, and raises the alarm once`() throws {
        var world = World()
        _ = try world.own(.alices)
        try ignore(3, &world)
        #expect(world.takeAudit().filter { $0 == "push.suspended" }.count == 1)
        for day in 0..<3 {
            world.now = world.now + .seconds(86_400 * day)
            #expect(try start(&world).reason == .refused)
        }
        #expect(world.takeAudit() == Array(repeating: "push.suspended_prompts", count: 3))
        #expect(world.signIns.filter { $0.prompt != nil }.count == 3)
    }

    // R26: nobody looked at the third before the fourth was asked for.
    @Test func `sees an ignored prompt when the next one is asked for`() throws {
        var world = World()
        _ = try world.own(.alices)
        try ignore(2, &world)
        world.now = try start(&world).expiresAt
        _ = world.takeAudit()
        #expect(try start(&world).state == .denied)
        #expect(world.takeAudit() == ["push.expired", "push.suspended", "push.suspended_prompts"])
    }

    // R26: housekeeping ended it and left the rest to the rule.
    @Test func `suspends what housekeeping could not`() throws {
        var world = World()
        _ = try world.own(.alices)
        world.user?.prompts = PromptBudget(unanswered: 3)
        #expect(try start(&world).state == .denied)
        #expect(world.takeAudit() == ["push.suspended", "push.suspended_prompts"])
        #expect(world.user?.prompts.suspendedAt == world.now)
    }

    // R26: a line of the policy may be stricter or more patient than the configuration.
    @Test func `a line says how many prompts there are`() throws {
        for limit in [1, 7] {
            var world = World()
            _ = try world.own(.alices)
            _ = try world.own(.totp())
            try world.obey(PolicyTerms(promptsPerTenMinutes: limit))
            for _ in 0..<limit {
                let signIn = try start(&world)
                #expect(signIn.state == .pending)
                try cancel(signIn, &world)
            }
            #expect(try start(&world).state == .denied)
            #expect(world.audit.last?.event == "push.too_many_prompts")
            #expect(try start(&world, nil).requested == .passcode)
            try world.obey(PolicyTerms(promptsPerTenMinutes: PromptLimits.perTenMinutesMax, promptsPerDay: limit))
            #expect(try start(&world).state == .denied)
            try world.obey(PolicyTerms(promptsPerTenMinutes: limit + 1))
            #expect(try start(&world, nil).requested == .push)
        }
    }

    // R26: the line under which a prompt started says what it means that nobody answered it.
    @Test func `a line says how many unanswered prompts end them, and that holds everywhere`() throws {
        for limit in [1, 5] {
            var world = World()
            _ = try world.own(.alices)
            try world.obey(PolicyTerms(suspendAfter: limit))
            try ignore(limit - 1, &world)
            #expect(!world.takeAudit().contains("push.suspended"))
            try ignore(1, &world)
            #expect(world.takeAudit().filter { $0 == "push.suspended" }.count == 1)
            try world.obey(PolicyTerms(suspendAfter: PromptLimits.suspendAfterMax))
            #expect(try start(&world).state == .denied)
            #expect(world.takeAudit() == ["push.suspended_prompts"])
        }
    }

    // R26
    @Test func `a stricter line sends none, and suspends nothing of what another one began`() throws {
        var world = World()
        _ = try world.own(.alices)
        try ignore(2, &world)
        try world.obey(PolicyTerms(suspendAfter: 2))
        #expect(try start(&world).state == .denied)
        #expect(world.user?.prompts.suspendedAt == nil)
        try world.obey(PolicyTerms())
        #expect(try start(&world).state == .pending)
    }

    // R26: who may not be prompted is asked for a passcode where the application leaves the choice to us.
    @Test func `offers a passcode instead`() throws {
        var world = World()
        _ = try world.own(.alices)
        _ = try world.own(.totp())
        #expect(try start(&world, nil).requested == .push)
        world.now = world.now + .seconds(60)
        try ignore(2, &world)
        let instead = try start(&world, nil)
        #expect(instead.requested == .passcode && instead.state == .pending)
    }

    // R26
    @Test func `begins anew when another factor succeeds`() throws {
        var world = World()
        _ = try world.own(.alices)
        let token = try world.own(.totp())
        try ignore(3, &world)
        _ = world.takeAudit()
        let wrong = SignInRequest(
            userGiven: "alice", requested: .passcode, passcode: "000000", application: "vpn", clientAddress: "")
        let right = SignInRequest(
            userGiven: "alice", requested: .passcode, passcode: try world.passcode(of: token), application: "vpn",
            clientAddress: "")
        for (request, isRight) in [(wrong, false), (right, true)] {
            let id: SignInID = world.random.identifier()
            let signIn = try world.decide { personCase throws(Refusal) in
                try rules.start(request, id: id, caller: caller, in: &personCase)
            }
            #expect(signIn.state == (isRight ? .approved : .denied))
            #expect(world.user?.prompts == (isRight ? PromptBudget() : world.user?.prompts))
            #expect((world.user?.prompts.suspendedAt == nil) == isRight)
        }
        #expect(world.takeAudit() == ["otp.wrong_code", "otp.ok", "push.resumed"])
        #expect(try start(&world).state == .pending)
    }

    // R26
    @Test(arguments: [true, false])
    func `begins anew when an administrator acts`(unlocks: Bool) throws {
        var world = World()
        _ = try world.own(.alices)
        try ignore(3, &world)
        let users = UserRules(signIns: rules)
        let user = try world.decide { personCase throws(Refusal) in
            unlocks ? try users.unlock(in: &personCase) : try users.unblock(in: &personCase)
        }
        #expect(user.prompts == PromptBudget())
        #expect(world.takeAudit().last == "push.resumed")
        #expect(try start(&world).state == .pending)
    }

    // R26: the application's own doing is no sign of an attack.
    @Test func `does not take a cancelled prompt for an ignored one`() throws {
        var world = World()
        _ = try world.own(.alices)
        for _ in 0..<4 { try cancel(try start(&world), &world) }
        #expect(world.user?.prompts.unanswered == 0)
        #expect(try start(&world).state == .pending)
    }

    // R26, R27: a denial counts like an ignored prompt, a report of fraud as well.
    @Test func `follows three denied prompts with none`() throws {
        var scene = try PhoneScene(settings: SignInSettings())
        for decision in [DeviceDecision.deny, .deny, .fraud] {
            let signIn = try scene.push()
            #expect(try scene.answer(signIn, decision) == .decided(.denied))
        }
        #expect(scene.world.takeAudit().suffix(2) == ["push.fraud", "push.suspended"])
        #expect(try scene.push().state == .denied)
        // What the report stopped stays stopped until somebody unblocks.
        let users = UserRules(signIns: scene.rules.signIns)
        _ = try scene.world.decide { personCase throws(Refusal) in try users.unlock(in: &personCase) }
        #expect(try scene.push().state == .denied)
        _ = try scene.world.decide { personCase throws(Refusal) in try users.unblock(in: &personCase) }
        #expect(try scene.push().state == .pending)
    }

    // R26: in a row.
    @Test func `begins anew when a prompt is approved`() throws {
        var scene = try PhoneScene(settings: SignInSettings())
        for _ in 0..<4 {
            for _ in 0..<2 { _ = try scene.answer(try scene.push(), .deny) }
            #expect(try scene.approve(try scene.push()) == .decided(.approved))
            #expect(scene.world.user?.prompts == PromptBudget())
        }
    }

    // R25: wrong numbers have the phone's own budget, and no prompt of them is forgotten.
    @Test func `counts a wrong number as a prompt and not as an ignored one`() throws {
        var scene = try PhoneScene(settings: SignInSettings(limits: FailureLimits(softLimit: 100)))
        for _ in 0..<5 {
            let signIn = try scene.push()
            #expect(signIn.state == .pending)
            _ = try scene.answer(signIn, .approve, number: scene.wrongNumber(of: signIn))
        }
        #expect(scene.world.user?.prompts.unanswered == 0)
        #expect(try scene.push().state == .denied)
        #expect(scene.world.takeAudit().last == "push.too_many_prompts")
    }
}

// SPDX-License-Identifier: Apache-2.0
import DeviceProtocol
import MFADomain
import Primitives
import Testing

/// What is remembered of sign-ins: whom it lets in again, for how long, and what ends it.
@Suite struct RememberedApprovalTests {
    private let signIns = SignInRules(settings: SignInSettings(), random: SystemRandomSource())
    private let caller = Caller(account: "vpn", frontEnd: "sdk")

    private func start(
        _ world: inout World, passcode: String? = nil, factor: RequestedFactor? = nil, application: String = "vpn",
        address: String = "192.0.2.1"
    ) throws -> SignIn {
        let request = SignInRequest(
            userGiven: "alice", requested: factor, passcode: passcode, application: application,
            clientAddress: address)
        let id = world.random.identifier(IdentifierSubject.SignIn.self)
        return try world.decide { personCase throws(Refusal) in
            try signIns.start(request, id: id, caller: caller, in: &personCase)
        }
    }

    /// Signs in by the token's next passcode.
    private func prove(
        _ token: FactorID, _ world: inout World, application: String = "vpn", address: String = "192.0.2.1"
    ) throws {
        let passcode = try world.passcode(of: token)
        let signIn = try start(&world, passcode: passcode, application: application, address: address)
        #expect(signIn.state == .approved && signIn.waiver == nil)
    }

    /// A person under these terms who has just proved a token.
    private func proved(_ remember: RememberTerms) throws -> (World, token: FactorID) {
        var world = World()
        let token = try world.own(.hotp())
        try world.obey(PolicyTerms(remember: remember))
        try prove(token, &world)
        _ = world.takeAudit()
        return (world, token)
    }

    @Test func `whoever proved a factor is not asked again before the seconds are over`() throws {
        let (begun, token) = try proved(RememberTerms(application: 60))
        var world = begun
        let before = try world.factor(token).oneTimePassword?.lastStep
        let begin = world.now
        for (seconds, passcode) in [(0, "000000"), (59, nil)] as [(Int64, String?)] {
            world.now = begin + .seconds(seconds)
            let signIn = try start(&world, passcode: passcode, factor: .passcode)
            #expect(signIn.state == .approved && signIn.waiver == .rememberedApplication && signIn.factorID == nil)
            #expect(signIn.explanation?.approval == PolicyExplanation.Approval(kind: .hotp, at: begin))
        }
        #expect(world.audit.last?.detail["remembered"] == "hotp at \(begin)")
        #expect(world.takeAudit() == ["sign_in.waived", "sign_in.waived"])
        #expect(try world.factor(token).oneTimePassword?.lastStep == before, "no passcode was spent")
        // Being let in again is no proof, and makes nothing last longer.
        world.now = begin + .seconds(60)
        #expect(try start(&world, factor: .passcode).state == .pending)
    }

    private static let reaches: [(RememberTerms, String, String, PolicyDecision.Waiver?)] = [
        (RememberTerms(user: 60), "vpn", "192.0.2.1", .rememberedUser),
        (RememberTerms(user: 60), "mail", "", .rememberedUser),
        (RememberTerms(application: 60), "vpn", "", .rememberedApplication),
        (RememberTerms(application: 60), "mail", "192.0.2.1", nil),
        (RememberTerms(address: 60), "vpn", "192.0.2.1", .rememberedAddress),
        // The same address in other words.
        (RememberTerms(address: 60), "vpn", "::ffff:192.0.2.1", .rememberedAddress),
        (RememberTerms(address: 60), "vpn", "192.0.2.2", nil), (RememberTerms(address: 60), "vpn", "", nil),
        (RememberTerms(address: 60), "mail", "192.0.2.1", nil),
        (RememberTerms(user: 60, application: 60, address: 60), "vpn", "192.0.2.1", .rememberedAddress),
        (RememberTerms(user: 60, application: 60, address: 0), "vpn", "192.0.2.1", .rememberedApplication),
        (RememberTerms(user: 0), "vpn", "192.0.2.1", nil),
    ]

    @Test(arguments: reaches)
    func `each reach fits what it says and nothing else`(
        remember: RememberTerms, application: String, address: String, expected: PolicyDecision.Waiver?
    ) throws {
        var world = try proved(RememberTerms(user: 60)).0
        try world.obey(PolicyTerms(remember: remember))
        let signIn = try start(&world, application: application, address: address)
        #expect(signIn.waiver == expected)
        #expect(signIn.state == (expected == nil ? .pending : .approved))
    }

    @Test func `two addresses that nobody said are not the same`() throws {
        var world = World()
        let token = try world.own(.hotp())
        try world.obey(PolicyTerms(remember: RememberTerms(address: 60)))
        for address in ["", "unknown"] {
            try prove(token, &world, address: address)
            #expect(try start(&world, address: address).waiver == nil)
        }
    }

    @Test func `a kind counts where it would be asked, and only where it is allowed`() throws {
        var world = try proved(RememberTerms(application: 60)).0
        _ = try world.own(.alices)
        #expect(try start(&world, factor: .push).waiver == nil, "a token is no phone")
        try world.obey(PolicyTerms(remember: RememberTerms(user: 60)))
        #expect(try start(&world, factor: .passcode).waiver == .rememberedUser)
        for terms in [PolicyTerms(factors: [.device]), PolicyTerms(factors: [.totp, .device])] {
            var stricter = terms
            stricter.remember = RememberTerms(user: 60, application: 60)
            try world.obey(stricter)
            #expect(try start(&world, factor: .passcode).waiver == nil)
        }
    }

    // The seconds are those of the policy that holds when somebody wants in.
    @Test func `nothing is remembered unless the terms say so, and their seconds are judged when it is used`() throws {
        var world = World()
        let token = try world.own(.hotp())
        try prove(token, &world)
        for terms in [PolicyTerms(), PolicyTerms(remember: RememberTerms(user: 0))] {
            try world.obey(terms)
            try prove(token, &world)
            #expect(world.user?.remembered == [])
        }
        try world.obey(PolicyTerms(remember: RememberTerms(application: 3_600)))
        #expect(try start(&world, factor: .passcode).waiver == nil, "what was proved before is not remembered")
        try prove(token, &world)
        world.now = world.now + .seconds(600)
        #expect(try start(&world).waiver == .rememberedApplication)
        try world.obey(PolicyTerms(remember: RememberTerms(application: 600)))
        #expect(try start(&world).waiver == nil)
        try world.obey(PolicyTerms())
        #expect(try start(&world).waiver == nil)
    }

    // R20, R27
    /// What an administrator does.
    private enum Ending: CaseIterable {
        case block, disabling, password

        func come(by users: UserRules, in personCase: inout PersonCase) throws(Refusal) {
            switch self {
            case .block:
                _ = try users.block(reason: "lost", in: &personCase)
                _ = try users.unblock(in: &personCase)
            case .disabling:
                _ = try users.update(in: &personCase) { $0.isEnabled = false }
                _ = try users.update(in: &personCase) { $0.isEnabled = true }
            case .password: _ = try users.setPassword(nil, in: &personCase)
            }
        }
    }

    @Test func `it ends with a block, with being disabled, with another password and with a report`() throws {
        let users = UserRules(signIns: signIns)
        for end in Ending.allCases {
            var world = try proved(RememberTerms(user: 60)).0
            #expect(world.user?.remembered.count == 1)
            try world.decide { personCase throws(Refusal) in try end.come(by: users, in: &personCase) }
            #expect(world.user?.remembered == [])
            #expect(try start(&world).waiver == nil)
        }
        for decision in [DeviceDecision.deny, .fraud] {
            var scene = try PhoneScene()
            try scene.world.obey(PolicyTerms(remember: RememberTerms(address: 60)))
            let first = try scene.push()
            #expect(try scene.approve(first) == .decided(.approved))
            #expect(try scene.push().waiver == .rememberedAddress)
            let other = try scene.push(application: "mail")
            #expect(other.state == .pending)
            _ = try scene.answer(other, decision)
            #expect(scene.world.user?.remembered == [])
            #expect(try scene.push().waiver == nil)
        }
    }

    @Test func `what a factor proved counts no longer than the factor does`() throws {
        let (begun, token) = try proved(RememberTerms(user: 600))
        var world = begun
        let index = try #require(world.factors.firstIndex { $0.id == token })
        world.factors[index].state = .disabled
        #expect(try start(&world).waiver == nil)
        world.factors[index].state = .active
        // Somebody guesses at it: it could not be asked now.
        for _ in 0..<5 { _ = world.factors[index].recordFailure(at: world.now, limits: FailureLimits()) }
        #expect(try start(&world).waiver == nil)
        world.factors[index].budget = FailureBudget()
        #expect(try start(&world).waiver == .rememberedUser)
        let rules = FactorRules(limits: FailureLimits(), windows: OneTimePasswordWindows())
        _ = try world.decide { personCase throws(Refusal) in
            try rules.remove(token, signIns: signIns, in: &personCase)
        }
        #expect(world.user?.remembered == [])
    }

    // What has begun is judged as it was begun, and the portal always asks.
    @Test func `it decides no sign-in that has begun, and opens no portal`() throws {
        let (begun, token) = try proved(RememberTerms(user: 600))
        var world = begun
        try world.obey(PolicyTerms())
        let waiting = try start(&world, factor: .passcode)
        try world.obey(PolicyTerms(remember: RememberTerms(user: 600)))
        let answered = try world.decide(signIn: waiting.id) { personCase throws(Refusal) in
            try signIns.answer("000000", account: "vpn", in: &personCase)
        }
        #expect(answered.state == .pending)
        world.user?.remembered = []
        let portal = PortalRules(signIns: signIns, digests: PlainDigests())
        world.user?.password.verifier = PasswordVerifier(salt: [], hash: [], cost: 1)
        let id = world.random.identifier(IdentifierSubject.SignIn.self)
        let request = SignInRequest(
            userGiven: "alice", requested: nil, passcode: nil, application: "portal", clientAddress: "")
        let portalCaller = Caller(account: "portal", frontEnd: "portal")
        let started = try world.decide { personCase throws(Refusal) in
            try portal.start(request, id: id, caller: portalCaller, matches: { _ in true }, in: &personCase)
        }
        #expect(started.signIn.state == .pending)
        _ = try world.decide(signIn: id) { personCase throws(Refusal) in
            try portal.choose(.passcode, account: "portal", in: &personCase)
        }
        let passcode = try world.passcode(of: token)
        let last = try world.decide(signIn: id) { personCase throws(Refusal) in
            try signIns.answer(passcode, account: "portal", in: &personCase)
        }
        #expect(last.state == .approved)
        #expect(world.user?.remembered == [], "the portal is remembered nowhere")
    }

    @Test func `so many are kept, the latest ones, and none for longer than a day`() throws {
        let (begun, token) = try proved(RememberTerms(application: 60))
        var world = begun
        let countMax = RememberedApproval.countMax
        for number in 0...countMax {
            try prove(token, &world, application: "app\(number)")
        }
        #expect(world.user?.remembered.map(\.application) == (1...countMax).reversed().map { "app\($0)" })
        world.now = world.now + .seconds(100)
        try prove(token, &world, application: "app5")
        #expect(world.user?.remembered.count == countMax, "the same again takes the place of the first")
        #expect(world.user?.remembered.first?.application == "app5")
        world.now = world.now + .seconds(RememberedApproval.secondsMax)
        try prove(token, &world)
        #expect(world.user?.remembered.map(\.application) == ["vpn"])
    }
}

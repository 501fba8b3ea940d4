// SPDX-License-Identifier: Apache-2.0
import MFADomain
import Primitives
import Testing

/// What holds of every policy and every question, tried on many that chance made.
@Suite struct PolicyPropertyTests {
    /// Deterministic: a failure names the seed.
    private struct Dice: RandomNumberGenerator {
        var state: UInt64

        mutating func next() -> UInt64 {
            state &+= 0x9e37_79b9_7f4a_7c15
            var value = state
            value = (value ^ (value >> 30)) &* 0xbf58_476d_1ce4_e5b9
            value = (value ^ (value >> 27)) &* 0x94d0_49bb_1331_11eb
            return value ^ (value >> 31)
        }

        /// In `oneIn` of as many cases.
        mutating func maybe<Value>(oneIn: Int = 2, _ make: (inout Dice) -> Value?) -> Value? {
            Int.random(in: 0..<oneIn, using: &self) == 0 ? make(&self) : nil
        }

        mutating func some(of names: [String]) -> [String] {
            let count = Int.random(in: 1...names.count, using: &self)
            return Array(names.shuffled(using: &self).prefix(count))
        }

        mutating func list(of names: [String]) -> [String]? {
            Int.random(in: 0..<4, using: &self) == 0 ? some(of: names) : nil
        }
    }

    private static let networks = [
        "office": ["192.0.2.0/24"], "home": ["198.51.100.1-198.51.100.9"], "all": ["0.0.0.0/0", "::/0"],
    ]
    private static let names = ["all", "home", "office"]
    private static let hours = [
        "day": WeeklyHours(timeZone: "Europe/Berlin", days: [0, 1, 2, 3, 4], fromMinute: 480, toMinute: 1_080),
        "night": WeeklyHours(timeZone: "Nowhere/AtAll", days: [0, 6], fromMinute: 1_300, toMinute: 300),
    ]

    private static func terms(_ dice: inout Dice) -> PolicyTerms {
        PolicyTerms(
            action: dice.maybe { PolicyTerms.Action.allCases.randomElement(using: &$0) },
            factors: dice.maybe { Array(FactorKind.allCases.shuffled(using: &$0).prefix(2)) },
            strength: dice.maybe { AssuranceLevel.allCases.randomElement(using: &$0) },
            bansPSTN: dice.maybe { Bool.random(using: &$0) },
            trustedNetworks: dice.list(of: names), allowsUnknownUsers: dice.maybe { Bool.random(using: &$0) },
            withoutFactor: dice.maybe {
                Bool.random(using: &$0) ? PolicyTerms.WithoutFactor.allowUntil(time(&$0)) : .enrol
            },
            remember: dice.maybe { remember(&$0) })
    }

    private static func remember(_ dice: inout Dice) -> RememberTerms {
        RememberTerms(
            user: dice.maybe(oneIn: 4) { seconds(&$0) }, application: dice.maybe { seconds(&$0) },
            address: dice.maybe { seconds(&$0) })
    }

    private static func seconds(_ dice: inout Dice) -> Int { Int.random(in: 0...1_000, using: &dice) }

    private static let addresses = ["192.0.2.9", "198.51.100.5", "203.0.113.1", "2001:db8::1", "none"]
    private static let applications = ["vpn", "mail", "citrix"]

    /// Approvals of a while before `time`, now and then of one ahead of it.
    private static func approvals(_ dice: inout Dice, before time: Instant) -> [RememberedApproval] {
        (0..<Int.random(in: 0...3, using: &dice)).map { _ in
            RememberedApproval(
                factorID: SystemRandomSource().identifier(),
                kind: FactorKind.allCases.randomElement(using: &dice) ?? .totp,
                application: applications.randomElement(using: &dice) ?? "",
                address: addresses.randomElement(using: &dice).flatMap { IPAddress(parsing: $0) },
                at: time - .seconds(Int.random(in: -10...1_000, using: &dice)))
        }
    }

    private static func time(_ dice: inout Dice) -> Instant {
        Instant(seconds: Int64.random(in: 0...2_000_000_000, using: &dice))
    }

    private static func document(_ dice: inout Dice) -> PolicyDocument {
        let lines = (0..<Int.random(in: 0...6, using: &dice)).map { number in
            PolicyLine(
                name: "line \(number)",
                conditions: PolicyConditions(
                    applications: dice.list(of: ["vpn", "mail"]), groups: dice.list(of: ["staff", "guests"]),
                    users: dice.list(of: ["alice", "bob"]), networks: dice.list(of: names),
                    outsideNetworks: dice.list(of: names), hours: dice.list(of: ["day", "night"]),
                    outsideHours: dice.list(of: ["day", "night"])), terms: terms(&dice))
        }
        return PolicyDocument(networks: networks, hours: hours, defaults: terms(&dice), lines: lines)
    }

    private static func question(_ dice: inout Dice) -> PolicyQuestion {
        let time = time(&dice)
        let user = dice.maybe { dice in
            PolicyDecisionTests.user(
                ["alice", "bob", "carol"].randomElement(using: &dice) ?? "",
                groups: dice.list(of: ["staff", "guests"]) ?? [],
                isEnabled: dice.maybe(oneIn: 8) { _ in false } ?? true,
                block: dice.maybe(oneIn: 8) { dice in
                    User.Block(at: time, until: dice.maybe { _ in time + .seconds(1) }, reason: "")
                })
        }
        return PolicyQuestion(
            user: user, kinds: user == nil ? [] : Set(FactorKind.allCases.filter { _ in Bool.random(using: &dice) }),
            application: applications.randomElement(using: &dice) ?? "",
            address: addresses.randomElement(using: &dice).flatMap { IPAddress(parsing: $0) }, time: time,
            hasBypass: dice.maybe(oneIn: 6) { _ in true } ?? false,
            requested: dice.maybe { RequestedFactor.allCases.randomElement(using: &$0) },
            remembered: user == nil ? [] : approvals(&dice, before: time))
    }

    private static func each(
        _ body: (PolicyDocument, PolicyQuestion, inout Dice, UInt64) throws -> Void
    ) rethrows {
        for seed in UInt64(1)...4_000 {
            var dice = Dice(state: seed)
            let document = document(&dice)
            for _ in 0..<5 { try body(document, question(&dice), &dice, seed) }
        }
    }

    private static func policy(_ document: PolicyDocument) throws -> Policy {
        try Policy(version: 1, document, zones: PolicyDecisionTests.Zones())
    }

    @Test func `every question has one answer, and its explanation tells of every line up to the one that decided`()
        throws
    {
        var seen: Set<String> = []
        try Self.each { document, question, _, seed in
            let policy = try Self.policy(document)
            let decision = policy.decide(question)
            #expect(decision == policy.decide(question), "seed \(seed)")
            let told = decision.explanation.passed.map(\.line) + [decision.explanation.line].compactMap { $0 }
            #expect(told == document.lines.prefix(told.count).map(\.name), "seed \(seed)")
            #expect(decision.explanation.line != nil || told.count == document.lines.count, "seed \(seed)")
            seen.insert(decision.explanation.result)
        }
        let results =
            ["asked"] + PolicyDecision.Waiver.allCases.map(\.rawValue) + PolicyDecision.Refused.allCases.map(\.rawValue)
        #expect(seen == Set(results), "chance met every answer there is")
    }

    @Test func `lines behind the one that decided change nothing`() throws {
        try Self.each { document, question, dice, seed in
            let decision = try Self.policy(document).decide(question)
            guard let name = decision.explanation.line,
                let index = document.lines.firstIndex(where: { $0.name == name })
            else { return }
            var other = document
            other.lines = Array(document.lines[...index]) + Self.document(&dice).lines
            #expect(try Self.policy(other).decide(question) == decision, "seed \(seed)")
        }
    }

    @Test func `to trust one more network never asks for more and never lets in who was refused`() throws {
        try Self.each { document, question, dice, seed in
            let before = try Self.policy(document).decide(question)
            let added = Self.names.randomElement(using: &dice) ?? ""
            var wider = document
            wider.defaults.trustedNetworks = (wider.defaults.trustedNetworks ?? []) + [added]
            for index in wider.lines.indices {
                let present = wider.lines[index].terms.trustedNetworks ?? document.defaults.trustedNetworks ?? []
                wider.lines[index].terms.trustedNetworks = present + [added]
            }
            let after = try Self.policy(wider).decide(question)
            switch before.verdict {
            case .waive: #expect(after.waiver != nil, "seed \(seed)")
            case .ask: #expect(after.refused == nil, "seed \(seed)")
            case .refuse(.notAllowed), .refuse(.mustEnrol):
                #expect(after.refused == before.refused || after.waiver == .trustedNetwork, "seed \(seed)")
            case .refuse(let reason): #expect(after.refused == reason, "seed \(seed)")
            }
        }
    }

    // R78
    @Test func `a bypass lets in who would be asked or has nothing to show, and helps nobody else`() throws {
        try Self.each { document, question, _, seed in
            let policy = try Self.policy(document)
            func decided(_ hasBypass: Bool) -> PolicyDecision {
                policy.decide(
                    PolicyQuestion(
                        user: question.user, kinds: question.kinds, application: question.application,
                        address: question.address, time: question.time, hasBypass: hasBypass,
                        requested: question.requested, remembered: question.remembered))
            }
            let (with, without) = (decided(true), decided(false))
            switch without.verdict {
            case .ask, .refuse(.notAllowed), .refuse(.mustEnrol): #expect(with.waiver == .bypass, "seed \(seed)")
            case .waive, .refuse: #expect(with == without, "seed \(seed)")
            }
        }
    }

    @Test func `nobody is let in whom the policy does not know, who is disabled, or from where nothing is said`() throws
    {
        try Self.each { document, question, _, seed in
            let decision = try Self.policy(document).decide(question)
            guard let waiver = decision.waiver else { return }
            #expect(question.user?.maySignIn(at: question.time) ?? (waiver == .unknownUser), "seed \(seed)")
            #expect(decision.terms.action != .refuse, "seed \(seed)")
            switch waiver {
            case .allowed: #expect(decision.terms.action == .allow, "seed \(seed)")
            case .trustedNetwork:
                #expect(question.address != nil && decision.explanation.network != nil, "seed \(seed)")
            case .unknownUser: #expect(decision.terms.allowsUnknownUsers == true, "seed \(seed)")
            case .withoutFactor: #expect(question.kinds.isEmpty && decision.terms.withoutFactor != nil, "seed \(seed)")
            case .bypass: #expect(question.hasBypass && question.user != nil, "seed \(seed)")
            case .rememberedUser, .rememberedApplication, .rememberedAddress:
                #expect(Self.isRemembered(decision, question), "seed \(seed)")
            }
        }
    }

    /// Whether something that would be asked now was really proved, and not too long ago.
    private static func isRemembered(_ decision: PolicyDecision, _ question: PolicyQuestion) -> Bool {
        let seconds =
            switch decision.waiver {
            case .rememberedUser: decision.terms.remember?.user
            case .rememberedApplication: decision.terms.remember?.application
            default: decision.terms.remember?.address
            }
        return question.remembered.contains { approval in
            approval.at == decision.explanation.approval?.at && approval.kind == decision.explanation.approval?.kind
                && approval.at <= question.time && question.time < approval.at + .seconds(seconds ?? 0)
                && question.kinds.contains(approval.kind) && decision.provable.contains(approval.kind)
                && (decision.waiver == .rememberedUser || approval.application == question.application)
                && (decision.waiver != .rememberedAddress
                    || (approval.address != nil && approval.address == question.address))
        }
    }

    /// The same question of somebody of whom this is remembered.
    private static func asked(_ question: PolicyQuestion, remembering: [RememberedApproval]) -> PolicyQuestion {
        PolicyQuestion(
            user: question.user, kinds: question.kinds, application: question.application, address: question.address,
            time: question.time, hasBypass: question.hasBypass, requested: question.requested, remembered: remembering)
    }

    @Test func `what is remembered lets in who would be asked, and changes nothing for anybody else`() throws {
        try Self.each { document, question, _, seed in
            let policy = try Self.policy(document)
            let with = policy.decide(question)
            let without = policy.decide(Self.asked(question, remembering: []))
            guard with != without else { return }
            #expect(without.verdict == .ask || without.waiver == .bypass, "seed \(seed)")
            #expect(with.explanation.approval != nil && with.waiver != nil, "seed \(seed)")
        }
    }

    @Test func `to remember more, or for longer, never asks for more and never lets in who was refused`() throws {
        try Self.each { document, question, dice, seed in
            let before = try Self.policy(document).decide(question)
            var wider = document
            for index in wider.lines.indices {
                wider.lines[index].terms.remember =
                    wider.lines[index].terms.remember ?? document.defaults.remember ?? RememberTerms()
                wider.lines[index].terms.remember?.lengthen(by: Self.seconds(&dice))
            }
            wider.defaults.remember = wider.defaults.remember ?? RememberTerms()
            wider.defaults.remember?.lengthen(by: Self.seconds(&dice))
            let more = question.remembered + (question.user == nil ? [] : Self.approvals(&dice, before: question.time))
            let after = try Self.policy(wider).decide(Self.asked(question, remembering: more))
            switch before.verdict {
            case .waive: #expect(after.waiver != nil, "seed \(seed)")
            case .ask: #expect(after.refused == nil, "seed \(seed)")
            case .refuse(let reason): #expect(after.refused == reason, "seed \(seed)")
            }
        }
    }

    @Test func `who is told to enrol has no factor, may sign in, and could get one that is asked for`() throws {
        try Self.each { document, question, _, seed in
            let decision = try Self.policy(document).decide(question)
            guard decision.refused == .mustEnrol else { return }
            #expect(question.kinds.isEmpty && decision.terms.withoutFactor == .enrol, "seed \(seed)")
            #expect(question.user?.maySignIn(at: question.time) == true && !decision.provable.isEmpty, "seed \(seed)")
        }
    }

    @Test func `what is asked is allowed, strong enough and there`() throws {
        try Self.each { document, question, _, seed in
            let decision = try Self.policy(document).decide(question)
            guard decision.verdict == .ask else { return }
            #expect(!decision.provable.isEmpty, "seed \(seed)")
            for kind in decision.provable {
                #expect(decision.terms.factors?.contains(kind) ?? true, "seed \(seed)")
                #expect(decision.terms.strength?.kinds.contains(kind) ?? true, "seed \(seed)")
                #expect(decision.terms.bansPSTN != true || !kind.usesPSTN, "seed \(seed)")
                #expect(question.kinds.isEmpty || question.kinds.contains(kind), "seed \(seed)")
            }
        }
    }
}

extension RememberTerms {
    /// Every reach, those that were none before included, for so much longer.
    fileprivate mutating func lengthen(by seconds: Int) {
        (user, application, address) = ((user ?? 0) + seconds, (application ?? 0) + seconds, (address ?? 0) + seconds)
    }
}

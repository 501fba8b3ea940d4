// SPDX-License-Identifier: Apache-2.0
import MFADomain
import Primitives
import Testing

/// The one function that decides, line by line.
@Suite struct PolicyDecisionTests {
    /// Offsets as a table, so that no test depends on a host's database of time zones.
    struct Zones: TimeZones {
        func offset(of zone: String, at time: Instant) -> Int? { zone == "Europe/Berlin" ? 3_600 : nil }
    }

    static func user(
        _ name: String = "alice", groups: [String] = [], isEnabled: Bool = true, block: User.Block? = nil
    ) -> User {
        User(
            id: SystemRandomSource().identifier(), username: name, canonicalName: name, groups: groups,
            isEnabled: isEnabled, block: block, createdAt: Instant(seconds: 0))
    }

    /// Monday, 2026-01-05 08:30 UTC.
    static let monday = Instant(seconds: 1_767_601_800)

    static func ask(
        _ document: PolicyDocument, _ user: User? = user(), kinds: Set<FactorKind> = [.totp, .device],
        application: String = "vpn", address: String? = nil, at time: Instant = monday
    ) throws -> PolicyDecision {
        try Policy(version: 7, document, zones: Zones()).decide(
            PolicyQuestion(
                user: user, kinds: kinds, application: application, address: address.flatMap { IPAddress(parsing: $0) },
                time: time))
    }

    private let staff = PolicyLine(
        name: "staff", conditions: PolicyConditions(groups: ["staff"]), terms: PolicyTerms(factors: [.device]))
    private let night = PolicyLine(
        name: "night", conditions: PolicyConditions(outsideHours: ["work"]), terms: PolicyTerms(action: .refuse))
    private let work = ["work": WeeklyHours(timeZone: "Europe/Berlin", days: [0, 1], fromMinute: 540, toMinute: 1_020)]
    private let office = ["office": ["192.0.2.0/24", "198.51.100.10-198.51.100.20"]]

    @Test func `the built-in policy asks for whatever the person has`() {
        let question = PolicyQuestion(
            user: Self.user(), kinds: [.hotp, .device], application: "vpn", address: nil, time: Self.monday)
        let decision = Policy.builtIn.decide(question)
        #expect(decision.verdict == .ask)
        #expect(decision.provable == [.device, .hotp])
        #expect(decision.explanation == PolicyExplanation(version: 0, passed: [], line: nil, result: "asked"))
    }

    @Test func `the first line that fits decides, and the explanation says why the others did not`() throws {
        let document = PolicyDocument(
            networks: office, hours: work, defaults: PolicyTerms(numberDigits: 8),
            lines: [
                PolicyLine(
                    name: "citrix", conditions: PolicyConditions(applications: ["citrix"]),
                    terms: PolicyTerms(action: .refuse)),
                night, staff,
                PolicyLine(name: "rest", terms: PolicyTerms(action: .refuse)),
            ])
        let decision = try Self.ask(document, Self.user(groups: ["staff"]))
        #expect(decision.verdict == .ask)
        #expect(decision.provable == [.device])
        #expect(decision.terms.numberDigits == 8, "what the line does not say, the defaults do")
        #expect(
            decision.explanation
                == PolicyExplanation(
                    version: 7,
                    passed: [
                        .init(line: "citrix", because: .application), .init(line: "night", because: .outsideHours),
                    ], line: "staff", result: "asked"))
        #expect(try Self.ask(document).explanation.line == "rest")
        let late = try Self.ask(document, Self.user(groups: ["staff"]), at: Self.monday + .seconds(9 * 3_600))
        #expect(late.refused == .policy)
        #expect(late.explanation.line == "night")
    }

    @Test func `each condition is told by its name`() throws {
        let address = "203.0.113.1"
        let cases: [(PolicyConditions, PolicyExplanation.Mismatch)] = [
            (PolicyConditions(applications: ["mail"]), .application), (PolicyConditions(users: ["bob"]), .user),
            (PolicyConditions(groups: ["admins"]), .group), (PolicyConditions(networks: ["office"]), .network),
            (PolicyConditions(outsideNetworks: ["here"]), .outsideNetwork),
            (PolicyConditions(hours: ["never"]), .hours),
            (PolicyConditions(outsideHours: ["work"]), .outsideHours),
        ]
        let never = WeeklyHours(timeZone: "Europe/Berlin", days: [6], fromMinute: 0, toMinute: 1)
        for (conditions, mismatch) in cases {
            let document = PolicyDocument(
                networks: office.merging(["here": [address]]) { $1 }, hours: work.merging(["never": never]) { $1 },
                lines: [PolicyLine(name: "one", conditions: conditions)])
            let decision = try Self.ask(document, Self.user(groups: ["staff"]), address: address)
            #expect(decision.explanation.passed == [.init(line: "one", because: mismatch)])
        }
    }

    // R19, R20
    @Test func `who may not sign in is refused before anything is waived`() throws {
        let document = PolicyDocument(
            networks: office, defaults: PolicyTerms(action: .allow, trustedNetworks: ["office"]))
        let blocked = User.Block(at: Self.monday, until: nil, reason: "lost")
        #expect(try Self.ask(document, Self.user(isEnabled: false)).refused == .disabled)
        #expect(try Self.ask(document, Self.user(block: blocked)).refused == .blocked)
        #expect(try Self.ask(document, nil, kinds: []).refused == .unknownUser)
    }

    @Test func `from a trusted network nothing is asked, and the explanation names it`() throws {
        let document = PolicyDocument(networks: office, defaults: PolicyTerms(trustedNetworks: ["office"]))
        for inside in ["192.0.2.200", "198.51.100.20"] {
            let decision = try Self.ask(document, address: inside)
            #expect(decision.waiver == .trustedNetwork)
            #expect(decision.explanation.network == "office")
        }
        for outside in ["198.51.100.21", "2001:db8::1", nil] {
            #expect(try Self.ask(document, address: outside).verdict == .ask)
        }
    }

    @Test func `a line that refuses is not undone by a trusted network`() throws {
        let document = PolicyDocument(
            networks: office, defaults: PolicyTerms(action: .refuse, trustedNetworks: ["office"]))
        #expect(try Self.ask(document, address: "192.0.2.1").refused == .policy)
    }

    @Test func `people without a factor are let in until the date and not after it`() throws {
        let end = Self.monday + .seconds(60)
        let document = PolicyDocument(defaults: PolicyTerms(withoutFactor: .allowUntil(end)))
        #expect(try Self.ask(document, kinds: []).waiver == .withoutFactor)
        #expect(try Self.ask(document, kinds: [], at: end).verdict == .ask, "and then in vain, like a stranger")
        #expect(try Self.ask(document, kinds: [.totp]).verdict == .ask, "who has one proves it")
    }

    @Test func `people without a factor are told to enrol where the terms say so, and nobody else is`() throws {
        let document = PolicyDocument(networks: office, defaults: PolicyTerms(withoutFactor: .enrol))
        let decision = try Self.ask(document, kinds: [])
        #expect(decision.refused == .mustEnrol && decision.explanation.result == "must_enrol")
        #expect(try Self.ask(document, kinds: [.totp]).verdict == .ask)
        #expect(try Self.ask(document, nil, kinds: []).refused == .unknownUser)
        #expect(try Self.ask(document, Self.user(isEnabled: false), kinds: []).refused == .disabled)
        var strict = document
        strict.defaults.strength = .aal3
        #expect(try Self.ask(strict, kinds: []).refused == .notAllowed, "there is nothing that they could get")
        var open = document
        open.defaults.trustedNetworks = ["office"]
        #expect(try Self.ask(open, kinds: [], address: "192.0.2.1").waiver == .trustedNetwork)
        let line = PolicyLine(name: "guests", terms: PolicyTerms(withoutFactor: .refuse))
        #expect(
            try Self.ask(PolicyDocument(defaults: document.defaults, lines: [line]), kinds: []).verdict == .ask,
            "a line that refuses them says nothing, and asks in vain")
    }

    @Test func `names that nobody has are let in only where the policy says so`() throws {
        let document = PolicyDocument(defaults: PolicyTerms(allowsUnknownUsers: true))
        #expect(try Self.ask(document, nil, kinds: []).waiver == .unknownUser)
        #expect(try Self.ask(document, Self.user(), kinds: []).verdict == .ask)
    }

    @Test func `factors that are not allowed or not strong enough are not asked`() throws {
        #expect(try Self.ask(PolicyDocument(defaults: PolicyTerms(factors: [.hotp]))).refused == .notAllowed)
        #expect(
            try Self.ask(PolicyDocument(defaults: PolicyTerms(factors: [.totp, .device]))).provable == [.totp, .device])
        #expect(try Self.ask(PolicyDocument(defaults: PolicyTerms(strength: .aal2))).verdict == .ask)
        #expect(try Self.ask(PolicyDocument(defaults: PolicyTerms(strength: .aal3))).refused == .notAllowed)
    }

    @Test(arguments: [
        (PolicyConditions(networks: ["nowhere"]), PolicyTerms()),
        (PolicyConditions(outsideNetworks: ["nowhere"]), PolicyTerms()),
        (PolicyConditions(hours: ["nowhere"]), PolicyTerms()),
        (PolicyConditions(outsideHours: ["nowhere"]), PolicyTerms()),
        (PolicyConditions(), PolicyTerms(trustedNetworks: ["nowhere"])),
    ])
    func `a document that names what it does not hold is not taken`(
        conditions: PolicyConditions, terms: PolicyTerms
    ) {
        let document = PolicyDocument(lines: [PolicyLine(name: "one", conditions: conditions, terms: terms)])
        #expect(throws: UnreadablePolicy.self) { try Policy(version: 1, document, zones: Zones()) }
        #expect(throws: UnreadablePolicy.self) {
            try Policy(version: 1, PolicyDocument(networks: ["bad": ["192.0.2.1/8"]]), zones: Zones())
        }
    }
}

@Suite struct WeeklyHoursTests {
    /// 2026-01-05 is a Monday.
    private func instant(_ day: Int, _ hour: Int, _ minute: Int = 0) -> Instant {
        Instant(seconds: 1_767_571_200 + Int64(day * 86_400 + hour * 3_600 + minute * 60))
    }

    @Test func `begin with their first minute and end before their last`() {
        let hours = WeeklyHours(timeZone: "UTC", days: [0], fromMinute: 540, toMinute: 1_020)
        #expect(!hours.contain(instant(0, 8, 59), offset: 0))
        #expect(hours.contain(instant(0, 9), offset: 0))
        #expect(hours.contain(instant(0, 16, 59), offset: 0))
        #expect(!hours.contain(instant(0, 17), offset: 0))
        #expect(!hours.contain(instant(1, 12), offset: 0))
    }

    @Test func `past midnight they belong to the day on which they began`() {
        let hours = WeeklyHours(timeZone: "UTC", days: [6], fromMinute: 22 * 60, toMinute: 6 * 60)
        #expect(hours.contain(instant(6, 23), offset: 0), "Sunday night")
        #expect(hours.contain(instant(7, 5), offset: 0), "Monday morning")
        #expect(!hours.contain(instant(7, 23), offset: 0), "Monday night")
        #expect(!hours.contain(instant(6, 5), offset: 0), "Sunday morning")
    }

    @Test func `are those of the place, also before 1970`() {
        let hours = WeeklyHours(timeZone: "x", days: [0], fromMinute: 0, toMinute: 60)
        #expect(hours.contain(instant(-1, 23, 30), offset: 3_600))
        #expect(!hours.contain(instant(0, 0, 30), offset: 3_600))
        // 1969-12-29 was a Monday.
        #expect(hours.contain(Instant(seconds: -3 * 86_400 + 60), offset: 0))
    }

    @Test func `whole days run from 00 to 24`() {
        let hours = WeeklyHours(timeZone: "UTC", days: [0], fromMinute: 0, toMinute: 1_440)
        #expect(hours.contain(instant(0, 0), offset: 0))
        #expect(hours.contain(instant(0, 23, 59), offset: 0))
        #expect(!hours.contain(instant(1, 0), offset: 0))
    }
}

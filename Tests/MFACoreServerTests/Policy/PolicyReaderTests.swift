// SPDX-License-Identifier: Apache-2.0
import Foundation
import MFACoreServer
import MFACoreStore
import MFADomain
import Primitives
import TestKit
import Testing

/// Policy files as people write them, right and wrong.
@Suite struct PolicyReaderTests {
    private let whole = """
        networks:
          office: [192.0.2.0/24, 198.51.100.10-198.51.100.20]
        hours:
          work: {zone: Europe/Berlin, days: [mon, fri], from: "08:30", to: "24:00"}
        defaults:
          factors: [device, totp]
          timeoutSeconds: 120
        lines:
          - name: night
            when: {applications: [vpn], groups: [staff], users: [ALICE], networks: [office], outsideHours: work}
            then: {action: refuse}
          - name: rest
            then:
              strength: aal2
              numberDigits: 0
              trustedNetworks: [office]
              unknownUsers: allow
              withoutFactorAllowedUntil: 2027-01-31T00:00:00Z
              remember: {user: 0, application: 600, address: 86400}
              promptsPerTenMinutes: 3
              promptsPerDay: 200
              suspendAfter: 1
        """

    private func faults(_ text: String) -> [String] {
        PolicyFile.read(text, domains: IdentityDomains([])).faults.map(\.description)
    }

    @Test func `every part is read`() throws {
        let (document, faults) = PolicyFile.read(whole, domains: IdentityDomains([]))
        #expect(faults.isEmpty)
        #expect(document.networks == ["office": ["192.0.2.0/24", "198.51.100.10-198.51.100.20"]])
        let work = WeeklyHours(timeZone: "Europe/Berlin", days: [0, 4], fromMinute: 510, toMinute: 1_440)
        #expect(document.hours == ["work": work])
        #expect(document.defaults == PolicyTerms(factors: [.device, .totp], timeoutSeconds: 120))
        let night = PolicyConditions(
            applications: ["vpn"], groups: ["staff"], users: ["alice"], networks: ["office"], outsideHours: ["work"])
        let end = try #require(Instant("2027-01-31T00:00:00Z"))
        #expect(
            document.lines == [
                PolicyLine(name: "night", conditions: night, terms: PolicyTerms(action: .refuse)),
                PolicyLine(
                    name: "rest",
                    terms: PolicyTerms(
                        strength: .aal2, numberDigits: 0, promptsPerTenMinutes: 3, promptsPerDay: 200, suspendAfter: 1,
                        trustedNetworks: ["office"], allowsUnknownUsers: true,
                        withoutFactor: .allowUntil(end),
                        remember: RememberTerms(user: 0, application: 600, address: 86_400))),
            ])
    }

    // What newcomers are shown by make run, and begin their own with.
    @Test func `the policy of the walk is sound, and refuses whom the walk says`() throws {
        let text = try String(contentsOfFile: Workshop.path("deploy/development/policy.yaml"), encoding: .utf8)
        let (document, faults) = PolicyFile.read(text, domains: IdentityDomains(["example.org"]))
        #expect(faults.isEmpty, "\(faults)")
        let policy = try Policy(version: 1, document, zones: SystemTimeZones.shared)
        let guest = policy.decide(
            PolicyQuestion(
                user: nil, kinds: [], application: "integrator", address: IPAddress(parsing: "198.51.100.9"),
                time: try #require(Instant("2026-01-05T12:00:00Z"))))
        #expect(guest.refused == .policy && guest.explanation.line == "Nobody from the guests' network")
        #expect(guest.explanation.passed.map(\.because) == [.group])
    }

    @Test func `all faults are told at once, each with its line`() {
        let told = faults(
            """
            networks:
              office: [192.0.2.1/24]
            hours:
              work: {zone: CET, days: [monday], from: 8:30, to: "17:00"}
            lines:
              - name: one
                when: {network: [office], networks: [offcie]}
                then: {factors: [sms, totp, totp], numberDigits: 1}
              - name: one
                when: {users: ["bad\\u0007name"]}
                then: {timeoutSeconds: 5, action: maybe, strength: aal3}
              - when: {applications: []}
            """)
        let expected = [
            "line 2: networks.office: “192.0.2.1/24” is no address", "line 4: hours.work.days: “monday” is no day",
            "line 4: hours.work.from: expected a time of day", "line 4: hours.work.zone: “CET” is no time zone",
            "line 7: “one”, when: “network” is unknown", "line 7: “one”, when.networks: there is no network “offcie”",
            "line 8: “one”, then.factors: “sms” is no kind of factor",
            "line 8: “one”, then.factors: “totp” stands twice",
            "line 8: “one”, then.numberDigits: use 0", "line 9: The name “one” is that of the line at 6 already",
            "line 10: “one”, when.users: use 1 to 256 characters",
            "line 11: “one”, then.action: use ask, refuse, allow",
            "line 11: “one”, then.timeoutSeconds: expected 10 to 600", "line 11: “one”, then: none of these kinds",
            "line 12: A line has no name", "line 12: “”, when.applications: expected 1 to 1000",
            "line 12: “” says nothing: then is missing",
        ]
        for part in expected {
            #expect(told.contains { $0.hasPrefix(part) }, "\(part) in\n\(told.joined(separator: "\n"))")
        }
    }

    @Test(arguments: [
        ("", "The file is empty"), ("[1, 2]", "line 1: The policy: expected keys"), ("a: [", "This is no YAML"),
        ("lines: 3", "line 1: lines: expected a list"), ("policy: {}", "line 1: The policy: “policy” is unknown"),
        ("defaults: {}", "line 1: defaults says nothing"),
        ("defaults: {promptsPerTenMinutes: 61}", "defaults.promptsPerTenMinutes: expected 1 to 60"),
        ("defaults: {promptsPerDay: 0}", "defaults.promptsPerDay: expected 1 to 200"),
        ("defaults: {suspendAfter: 11}", "defaults.suspendAfter: expected 1 to 10"),
        ("defaults: {pstn: ban}", "line 1: defaults.pstn: use refuse or allow"),
        ("defaults: {withoutFactor: allow}", "line 1: defaults.withoutFactor: use refuse or enrol, or"),
        (
            "defaults: {withoutFactor: enrol, withoutFactorAllowedUntil: 2027-01-31T00:00:00Z}",
            "line 1: defaults: withoutFactor and withoutFactorAllowedUntil contradict"
        ),
        ("defaults: {remember: {}}", "line 1: defaults.remember says nothing"),
        ("defaults: {remember: 60}", "line 1: defaults.remember: expected keys"),
        ("defaults: {remember: {application: 86401}}", "defaults.remember.application: expected 0 to 86400"),
        (
            "defaults: {remember: {device: 60}}",
            "defaults.remember: “device” is unknown; use user, application, address"
        ),
    ])
    func `what is no policy is told in one sentence`(text: String, part: String) {
        let told = faults(text)
        #expect(told.count == 1 && told[0].contains(part), "\(told)")
    }

    @Test func `a ban of the telephone network is read, and a line may lift it`() {
        let (document, faults) = PolicyFile.read(
            "defaults: {pstn: refuse}\nlines: [{name: hall, then: {pstn: allow}}]", domains: IdentityDomains([]))
        #expect(faults.isEmpty && document.defaults == PolicyTerms(bansPSTN: true))
        #expect(document.lines.first?.terms.over(document.defaults).bansPSTN == false)
    }

    @Test func `what becomes of people without a factor is read`() {
        for (word, expected) in [("refuse", PolicyTerms.WithoutFactor.refuse), ("enrol", .enrol)] {
            let (document, faults) = PolicyFile.read(
                "defaults: {withoutFactor: \(word)}", domains: IdentityDomains([]))
            #expect(faults.isEmpty && document.defaults == PolicyTerms(withoutFactor: expected))
        }
    }

    @Test func `a line that can never decide is a fault`() {
        let told = faults(
            """
            networks: {office: 192.0.2.0/24, home: 198.51.100.1}
            lines:
              - {name: wide, when: {applications: [vpn, mail]}, then: {action: refuse}}
              - {name: narrow, when: {applications: [vpn], groups: [staff]}, then: {action: ask}}
              - {name: out, when: {outsideNetworks: [office]}, then: {action: refuse}}
              - {name: further out, when: {outsideNetworks: [office, home]}, then: {action: ask}}
              - {name: elsewhere, when: {applications: [citrix], networks: [office]}, then: {action: ask}}
            """)
        #expect(told.count == 2, "\(told)")
        #expect(told.contains { $0.contains("line 4: “narrow” never decides: “wide” (line 3)") })
        #expect(told.contains { $0.contains("line 6: “further out” never decides: “out” (line 5)") })
    }

    @Test func `two lines for one thing are a fault, by their name or by whom they fit`() {
        let told = faults(
            """
            networks: {office: 192.0.2.0/24, home: 198.51.100.1}
            lines:
              - {name: mail, when: {applications: [mail, vpn], networks: [office]}, then: {action: ask}}
              - {name: mail, when: {applications: [citrix]}, then: {action: ask}}
              - {name: post, when: {networks: [office], applications: [vpn, mail]}, then: {action: refuse}}
              - {name: rest, then: {action: ask}}
              - {name: others, then: {action: refuse}}
            """)
        #expect(
            told == [
                "line 4: The name “mail” is that of the line at 3 already.",
                "line 5: “post” never decides: “mail” (line 3) comes first and fits whenever it does. Put the narrower "
                    + "one first.",
                "line 7: “others” never decides: “rest” (line 6) comes first and fits whenever it does. Put the "
                    + "narrower one first.",
            ])
    }

    @Test func `what is too long is refused where it stands`() {
        let (name, value) = (String(repeating: "n", count: 65), String(repeating: "v", count: 257))
        let list = (0...PolicyDocument.listMax).map { "g\($0)" }.joined(separator: ", ")
        let told = faults(
            """
            networks:
              \(name): 192.0.2.1
            lines:
              - {name: \(name), then: {action: ask}}
              - {name: a, when: {applications: [\(value)]}, then: {action: ask}}
              - {name: b, when: {groups: [\(list)]}, then: {action: ask}}
            """)
        for part in [
            "line 2: networks: use 1 to 64 characters", "line 4: name: use 1 to 64 characters",
            "line 5: “a”, when.applications: use 1 to 256 characters",
            "line 6: “b”, when.groups: expected 1 to 1000 values",
        ] {
            #expect(told.contains { $0.hasPrefix(part) }, "\(part) in\n\(told.joined(separator: "\n"))")
        }
        #expect(!told.joined().contains(value), "it is not repeated")
    }

    @Test func `what is too much is refused`() {
        let lines = (0...PolicyDocument.linesMax).map {
            "  - {name: n\($0), when: {users: u\($0)}, then: {action: ask}}\n"
        }
        #expect(faults("lines:\n" + lines.joined()).contains { $0.contains("lines: at most 200") })
        let long = String(repeating: "#", count: 300_000)
        #expect(faults(long) == ["The file has more than 256 KiB."])
        let deep = String(repeating: "[", count: 5_000)
        #expect(faults(deep).count == 1)
    }
}

// SPDX-License-Identifier: Apache-2.0
import Foundation
import SimulatedPhone
import Testing
import TestKit

extension EndToEnd.Standing {
    /// A policy brought in on the command line, while both copies of mfa-core serve.
    @Suite struct PolicyAtWork {
        let world: World
        /// Lines of this suite fit its own people only, since the world is everybody's.
        private let group = "group-\(Workshop.unique())"

        init() throws { world = try World.current }

        private func apply(_ yaml: String) async throws {
            try await world.core("policy", ["apply", "-"], input: yaml)
        }

        private func join(_ person: Person) async throws {
            try await world.core("user", ["set", person.name, "--add-group", group])
        }

        // R20
        @Test func `what is applied holds at both copies from the next sign-in on, and explains itself`() async throws {
            let token = try await world.createUserWithToken("alice", "hotp")
            try await join(token.person)
            #expect(try await world.state(of: token.passcode(counter: 0), by: token.person) == "approved")
            try await apply("lines: [{name: closed, when: {groups: [\(group)]}, then: {action: refuse}}]")
            for copy in [0, 1] {
                #expect(
                    try await world.state(of: token.passcode(counter: UInt64(1 + copy)), by: token.person, copy: copy)
                        == "denied")
            }
            let told = try await world.core(
                "policy", ["explain", "--user", token.person.name, "--application", "vpn", "--json"])
            let explanation = JSON(parsing: Array(told.utf8))
            #expect(explanation?["line"]?.text == "closed" && explanation?["result"]?.text == "policy_refuses")
            let rows = try await world.core(
                "audit", ["list", "--user", token.person.name, "--event", "otp.policy_refuses", "--json"])
            let details = JSON(parsing: Array(rows.utf8))?["items"]?.items.map { $0["detail"]?["policy_line"]?.text }
            #expect(details == ["closed", "closed"])
            try await apply("lines: []")
            #expect(try await world.state(of: token.passcode(counter: 1), by: token.person) == "approved")
        }

        // R20
        @Test func `a prompt that waits when the policy changes is refused by it, whatever the phone answers`()
            async throws
        {
            let (person, phone) = try await world.createUserWithPhone("bob")
            try await join(person)
            let prompt = try await world.prompt(person)
            try await apply("lines: [{name: no phones, when: {groups: [\(group)]}, then: {factors: [totp]}}]")
            let challenge = try await world.challenge(prompt, on: phone)
            #expect(try await phone.answer(challenge, .approve(number: prompt.number)) == "denied")
            try await apply("lines: []")
        }

        @Test func `a file that is wrong changes nothing and says every fault`() async throws {
            let before = try await world.core("policy", ["history", "--json"])
            let refused = try await world.tryCore(
                ["policy", "apply", "-"],
                input: "lines:\n  - {name: a, then: {action: no}}\n  - {then: {factors: [fax]}}\n")
            #expect(refused.status == 1)
            for part in [
                "line 2: “a”, then.action", "line 3: A line has no name", "line 3: “”, then.factors", "nothing was",
            ] {
                #expect(refused.errors.contains(part), "\(refused.errors)")
            }
            #expect(try await world.core("policy", ["history", "--json"]) == before)
        }
    }
}

// SPDX-License-Identifier: Apache-2.0
import SimulatedPhone
import Testing
import TestKit

extension EndToEnd.Standing {
    /// Nobody is asked until they give in (R26), with the limits as they are delivered.
    @Suite struct Bombing {
        let world: World

        init() throws { world = try World.current }

        private static let delivered = [
            "push.promptsPerTenMinutes": "5", "push.promptsPerDay": "20", "push.suspendAfter": "3",
        ]

        private func push(_ person: Person, by pair: StrictPair, copy: Int) async throws -> Reply {
            try await pair.call(
                "POST", "/sign-ins", ["user": .string(person.name), "factor": "push"], copy: copy)
        }

        // R26: 100 logins, from two copies at once; each prompt that started is withdrawn at once, so that the next one
        // is refused by nothing but the limit.
        @Test func `a hundred logins bring five prompts and never two at a time`() async throws {
            let pair = try await StrictPair(world, softLimit: 5, Self.delivered)
            let (person, _) = try await world.createUserWithPhone("carol")
            let states = try await inParallel(4) { caller in
                var states: [String] = []
                for _ in 0..<25 {
                    let reply = try await push(person, by: pair, copy: caller % 2)
                    let (id, state) = (try #require(reply["id"]?.text), try #require(reply["state"]?.text))
                    states.append(state == "denied" ? reply["reason"]?.text ?? "" : state)
                    guard state == "pending" else { continue }
                    let pending = try await world.number(
                        "select count(*) from core.sign_in where user_id = '\(person.id)' and state = 'pending'")
                    #expect(pending <= 1)
                    _ = try await pair.call("POST", "/sign-ins/\(id)/cancellation", copy: 1 - caller % 2)
                }
                return states
            }.flatMap(\.self)
            let counts = tally(states)
            #expect(counts["pending"] == 5, "\(counts)")
            #expect(counts.keys.allSatisfy { ["pending", "refused", "promptPending"].contains($0) }, "\(counts)")
            #expect(try await world.auditRows(of: person, event: "push.started") == 5)
            #expect(try await world.auditRows(of: person, event: "push.too_many_prompts") > 0)
            #expect(try await world.auditRows(of: person, event: "push.suspended") == 0)
            try await pair.stop()
        }
    }
}

extension EndToEnd.Time {
    /// Prompts that nobody answers, by a clock that the test moves.
    @Suite struct Bombing {
        let world: World

        init() throws { world = try World.current }

        // R26: nobody looks at the third prompt any more; housekeeping ends it and raises the alarm.
        @Test func `three ignored prompts are the last, and the alarm is raised without anybody asking again`()
            async throws
        {
            let (person, phone) = try await world.createUserWithPhone("carol")
            let alarms = try await raised()
            for _ in 0..<3 {
                _ = try await world.prompt(person)
                try world.clock?.advance(seconds: 61)
            }
            try await eventually("prompts are suspended", within: .seconds(40)) {
                try await world.auditRows(of: person, event: "push.suspended") == 1
            }
            #expect(try await raised() == alarms + 1)
            let refused = try await world.startPush(for: person)
            #expect(refused["state"]?.text == "denied" && refused["reason"]?.text == "refused")
            #expect(try await phone.challenges().isEmpty)
            // Time alone does not bring the next one.
            try world.clock?.advance(seconds: 86_400)
            #expect(try await world.startPush(for: person)["state"]?.text == "denied")
            #expect(try await world.auditRows(of: person, event: "push.suspended") == 1)
        }

        // R26
        @Test(arguments: ["passcode", "unlock"])
        func `three denied prompts are the last until a passcode succeeds or an administrator unlocks`(
            release: String
        ) async throws {
            let (person, phone) = try await world.createUserWithPhone("carol")
            let token = try await world.importToken("hotp", for: person)
            let alarms = try await raised()
            for _ in 0..<3 {
                let prompt = try await world.prompt(person)
                #expect(try await phone.answer(try await world.challenge(prompt, on: phone), .deny) == "denied")
            }
            #expect(try await world.auditRows(of: person, event: "push.suspended") == 1)
            #expect(try await raised() == alarms + 1)
            let refused = try await world.startPush(for: person)
            #expect(refused["state"]?.text == "denied" && refused["reason"]?.text == "refused")
            #expect(try await phone.challenges().isEmpty)
            // Where the application leaves the choice, the person is asked for something else.
            let other = try await world.call("POST", "/sign-ins", ["user": .string(person.name)], as: "integrator")
            #expect(other["nextStep"]?.text == "passcode", "\(other.text)")
            #expect(try await world.auditRows(of: person, event: "push.started") == 3)
            if release == "passcode" {
                #expect(try await world.state(of: token.passcode(counter: 0), by: person) == "approved")
            } else {
                try await world.core("user", ["unlock", person.name])
            }
            #expect(try await world.auditRows(of: person, event: "push.resumed") == 1)
            _ = try await world.prompt(person)
        }

        // R26: four times five in ten minutes each, by two copies in turn. All are withdrawn, so that nothing but the day's
        // limit stands before the next one.
        @Test func `twenty prompts in a day are the last, whichever copy asks, until the first are a day old`()
            async throws
        {
            let (person, phone) = try await world.createUserWithPhone("carol")
            let clock = try #require(world.clock)
            for round in 0..<4 {
                for number in 0..<5 {
                    let prompt = try await world.prompt(person, copy: number % 2)
                    let withdrawn = try await world.call(
                        "POST", "/sign-ins/\(prompt.id)/cancellation", as: "integrator", copy: 1 - number % 2)
                    #expect(withdrawn["state"]?.text == "cancelled", "\(withdrawn.text)")
                }
                try await expectNoPrompt(for: person, copy: round % 2)
                try clock.advance(seconds: 601)
            }
            for copy in 0..<2 { try await expectNoPrompt(for: person, copy: copy) }
            try clock.advance(seconds: 86_400 - 4 * 601 - 120)
            for copy in 0..<2 { try await expectNoPrompt(for: person, copy: copy) }
            #expect(try await phone.challenges().isEmpty)
            #expect(try await world.auditRows(of: person, event: "push.started") == 20)
            #expect(try await world.auditRows(of: person, event: "push.too_many_prompts") == 8)
            #expect(try await world.auditRows(of: person, event: "push.suspended") == 0)
            // Two minutes on, the first five are older than a day.
            try clock.advance(seconds: 180)
            _ = try await world.prompt(person, copy: 1)
        }

        private func expectNoPrompt(for person: Person, copy: Int) async throws {
            let refused = try await world.startPush(for: person, copy: copy)
            #expect(refused["state"]?.text == "denied" && refused["reason"]?.text == "refused", "\(refused.text)")
        }

        private func raised() async throws -> Int {
            try await world.metric("mfa_alarm_raised_total", "alarm=\"push.suspended\"")
        }
    }
}

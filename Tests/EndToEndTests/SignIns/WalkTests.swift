// SPDX-License-Identifier: Apache-2.0
import SimulatedPhone
import Testing
import TestKit

extension EndToEnd.Standing {
    /// The main job: a person signs in by phone and by passcode, through all four programs.
    @Suite struct Walk {
        let world: World

        init() throws { world = try World.current }

        @Test func `a person signs in with the number typed into the phone`() async throws {
            let (person, phone) = try await world.createUserWithPhone("alice")
            let prompt = try await world.prompt(person)
            let waiting = Task { try await world.signIn(prompt.id, waitSeconds: 30, copy: 1) }
            #expect(try await world.approve(prompt, on: phone) == "approved")
            let answer = try await waiting.value
            #expect(answer["state"]?.text == "approved")
            #expect(answer["factor"]?.text == "device")
            #expect(answer["decidedAt"]?.text != nil)
            #expect(try await world.auditRows(of: person, event: "push.approved") == 1)
        }

        // R3
        @Test func `a passcode is accepted once and refused again`() async throws {
            let person = try await world.createUser("alice")
            let app = try await world.enrol("totp", for: person)
            let step = world.step
            #expect(try await world.confirm(app, app.passcode(step: step)))
            // R13: the confirmation has spent that passcode.
            #expect(try await world.state(of: app.passcode(step: step), by: person) == "denied")
            let next = app.passcode(step: step + 1)
            let answer = try await world.check(next, of: person.name)
            #expect(answer["state"]?.text == "approved")
            #expect(answer["factor"]?.text == "totp")
            #expect(try await world.state(of: next, by: person, copy: 1) == "denied")
        }

        @Test func `a caller that holds the line hears of the decision at once`() async throws {
            let (person, phone) = try await world.createUserWithPhone("alice")
            let start = Task { try await world.startPush(for: person, copy: 1, fields: ["waitSeconds": 30]) }
            let challenge = try #require(try await phone.waitForChallenge(within: .seconds(20)))
            let clock = ContinuousClock()
            let decided = clock.now
            #expect(try await phone.answer(challenge, .deny) == "denied")
            let answer = try await start.value
            #expect(answer["state"]?.text == "denied")
            #expect(answer["reason"]?.text == "deniedByUser")
            // A lost line would be noticed after 5 s only.
            #expect(clock.now - decided < .seconds(4))
        }

        @Test func `a counter token signs in with each passcode once`() async throws {
            // R1, over HTTP: the counter only moves forward.
            let token = try await world.createUserWithToken("bob", "hotp")
            for counter in 0..<5 as Range<UInt64> {
                #expect(try await world.state(of: token.passcode(counter: counter), by: token.person) == "approved")
            }
            for counter in 0..<5 as Range<UInt64> {
                #expect(try await world.state(of: token.passcode(counter: counter), by: token.person) == "denied")
            }
        }
    }
}

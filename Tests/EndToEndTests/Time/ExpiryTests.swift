// SPDX-License-Identifier: Apache-2.0
import Primitives
import SimulatedPhone
import Testing
import TestKit

extension EndToEnd.Time {
    /// What ends by itself, by the database's time; the world's time moves forward from test to test.
    @Suite struct Expiry {
        let world: World
        let clock: FakeClock

        init() throws {
            world = try World.current
            clock = try #require(world.clock)
        }

        // R28
        @Test func `a prompt is answered in time or not at all`() async throws {
            let (person, phone) = try await world.createUserWithPhone("carol")
            let early = try await world.prompt(person)
            let first = try await world.challenge(early, on: phone)
            try clock.advance(seconds: 55)
            #expect(try await phone.answer(first, .approve(number: early.number)) == "approved")
            let late = try await world.prompt(person)
            let second = try await world.challenge(late, on: phone)
            try clock.advance(seconds: 61)
            let refused = try await refusal { try await phone.answer(second, .approve(number: late.number)) }
            // The nonce that the phone held is older than a minute too; a phone asks for a new one then.
            if refused?.status == 401 {
                let again = try await refusal { try await phone.answer(second, .approve(number: late.number)) }
                #expect(again?.status == 409 && again?.code == "expired")
            } else {
                #expect(refused?.status == 409 && refused?.code == "expired")
            }
            let answer = try await world.signIn(late.id)
            #expect(answer["state"]?.text == "expired")
            #expect(try await world.auditRows(of: person, event: "push.expired") == 1)
            #expect(try await world.approve(try await world.prompt(person), on: phone) == "approved")
        }

        // R28
        @Test func `a sign-in nobody looks at expires for who waits`() async throws {
            let (person, _) = try await world.createUserWithPhone("carol")
            let prompt = try await world.prompt(person)
            let core = world.copies(of: .core)[0]
            let place = core.log.count
            let waiting = Task { try await world.signIn(prompt.id, waitSeconds: 30) }
            let read = await core.log.line(since: place) { line in
                line.contains("\"method\":\"GET\"") && line.contains("/sign-ins/")
            }
            #expect(read != nil)
            // The caller waits now; nobody else touches the sign-in.
            try clock.advance(seconds: 61)
            #expect(try await waiting.value["state"]?.text == "expired")
        }

        // R29
        @Test func `approvals, denials and the end of time at one moment give one decision`() async throws {
            for _ in 0..<Workshop.rounds {
                let (person, phone) = try await world.createUserWithPhone("carol")
                let prompt = try await world.prompt(person)
                let challenge = try await world.challenge(prompt, on: phone)
                try clock.advance(seconds: 57)
                let nonces = try await inParallel(32) { _ in try await phone.freshNonce() }
                let outcomes = try await inParallel(33) { number in
                    guard number < 32 else {
                        try clock.advance(seconds: 3)
                        return "time"
                    }
                    do {
                        let answer = number < 16 ? PhoneAnswer.approve(number: prompt.number) : .deny
                        return try await phone.answer(challenge, answer, tampering: Tampering(\.nonce, nonces[number]))
                    } catch let error as PhoneError {
                        return error.code ?? "\(error)"
                    }
                }
                let state = try #require(try await world.signIn(prompt.id)["state"]?.text)
                let told = Set(outcomes).subtracting(["time", "already_decided", "unavailable"])
                #expect(["approved", "denied", "expired"].contains(state))
                #expect(told.isSubset(of: [state, "expired"]), "\(state): \(tally(outcomes))")
                #expect(
                    try await world.number(
                        """
                        select count(*) from core.audit_event where sign_in_id = '\(prompt.id)'
                           and event in ('push.approved', 'push.denied', 'push.expired')
                        """) == 1)
            }
        }

        // R34
        @Test func `an activation lives ten minutes, and every refusal looks the same`() async throws {
            let person = try await world.createUser("carol")
            let first = try await world.createActivation(for: person)
            try clock.advance(seconds: 590)
            let phone = try await world.newPhone()
            try await phone.activate(link: try #require(first["activationURI"]?.text))
            let late = try await world.createActivation(for: person)
            let void = try await world.createUser("dave")
            let old = try await world.createActivation(for: void)
            _ = try await world.createActivation(for: void)
            try clock.advance(seconds: 601)
            var faces: Set<String> = []
            let unknown = "countersign://nothing"
            for link in [late, first, old].compactMap({ $0["activationURI"]?.text }) + [unknown] {
                let other = try await world.newPhone()
                let refused = try await refusal { try await other.activate(link: link) }
                if link != unknown { faces.insert("\(String(describing: refused))") }
            }
            #expect(faces.count == 1, "\(faces)")
            let id = try #require(late["id"]?.text)
            let state = try await world.expect(200, "GET", "/users/\(person.name)/activations/\(id)")
            #expect(state["state"]?.text == "expired")
        }

        // R4, R5
        @Test func `a spent step stays spent as time goes on`() async throws {
            let token = try await world.createUserWithToken("alice")
            let step = world.step
            #expect(try await world.state(of: token.passcode(step: step + 1), by: token.person) == "approved")
            try clock.advance(seconds: 30)
            #expect(try await world.state(of: token.passcode(step: step + 1), by: token.person) == "denied")
            try clock.advance(seconds: 30)
            #expect(try await world.state(of: token.passcode(step: step + 1), by: token.person) == "denied")
            #expect(try await world.state(of: token.passcode(step: step + 2), by: token.person) == "approved")
        }

        // R72
        @Test func `an Idempotency-Key is forgotten after a day`() async throws {
            let token = try await world.createUserWithToken("bob", "hotp")
            let key = Workshop.unique()
            let first = try await world.check(token.passcode(counter: 0), of: token.person.name, key: key)
            #expect(first["state"]?.text == "approved")
            try clock.advance(seconds: 86_401)
            let second = try await world.check(token.passcode(counter: 0), of: token.person.name, key: key)
            #expect(second["state"]?.text == "denied" && second["id"] != first["id"])
            let other = Workshop.unique()
            let enrol = "/users/\(token.person.name)/factors"
            #expect(try await world.call("POST", enrol, ["kind": "totp"], key: other).status == 201)
            // A secret that was shown is kept for ten minutes only.
            try clock.advance(seconds: 601)
            let again = try await world.call("POST", enrol, ["kind": "totp"], key: other)
            #expect(again.status == 409 && again.code == "already_done")
        }

        // R75
        @Test func `a portal session ends after an idle hour`() async throws {
            let token = try await world.createUserWithToken("paula")
            try await world.setPassword(of: token.person)
            let browser = try await world.newBrowser()
            #expect(try await world.signIn(token, with: browser).path == "/factors")
            for _ in 0..<2 {
                try clock.advance(seconds: 3_000)
                let page = try await browser.open("/factors")
                #expect(page.status == 200 && !page.isTurnedAway)
            }
            try clock.advance(seconds: 3_601)
            #expect(try await browser.open("/factors").isTurnedAway)
        }

        // R75
        @Test func `a portal session ends after a day, however busy it is`() async throws {
            let token = try await world.createUserWithToken("paula")
            try await world.setPassword(of: token.person)
            let browser = try await world.newBrowser()
            #expect(try await world.signIn(token, with: browser).path == "/factors")
            for hour in 1...24 {
                try clock.advance(seconds: 3_590)
                let page = try await browser.open("/factors")
                #expect(page.status == 200 && !page.isTurnedAway, "hour \(hour)")
            }
            try clock.advance(seconds: 241)
            #expect(try await browser.open("/factors").isTurnedAway)
        }
    }
}

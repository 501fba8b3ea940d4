// SPDX-License-Identifier: Apache-2.0
import Testing
import TestKit

extension EndToEnd.Time {
    /// Delays that grow, and the cap that no delay resets (soft limit 5, 30 s doubling to 1 h, cap 100).
    @Suite struct Lockout {
        let world: World
        let clock: FakeClock

        init() throws {
            world = try World.current
            clock = try #require(world.clock)
        }

        // R14, R21
        @Test func `a delay ends and the next failure doubles it`() async throws {
            let token = try await world.createUserWithToken("alice", "hotp")
            let wrong = token.wrongPasscode(near: world.step)
            for _ in 0..<5 { #expect(try await world.state(of: wrong, by: token.person) == "denied") }
            var counter: UInt64 = 0
            for delay in [30, 60, 120] {
                try clock.advance(seconds: delay - 3)
                #expect(try await world.state(of: token.passcode(counter: counter), by: token.person) == "denied")
                try clock.advance(seconds: 4)
                #expect(try await world.state(of: wrong, by: token.person) == "denied")
            }
            #expect(try await world.failures(of: token) == 8)
            try clock.advance(seconds: 241)
            #expect(try await world.state(of: token.passcode(counter: counter), by: token.person) == "approved")
            counter += 1
            #expect(try await world.failures(of: token) == 0)
            #expect(try await world.state(of: token.passcode(counter: counter), by: token.person) == "approved")
        }

        // R16
        @Test func `neither the right password nor a new session gives back tries`() async throws {
            let token = try await world.createUserWithToken("alice")
            try await world.setPassword(of: token.person)
            let wrong = token.wrongPasscode(near: world.step)
            for count in 1...4 {
                let browser = try await world.newBrowser()
                let choice = try await world.enterPassword(of: token.person, into: browser)
                let page = try await browser.submit(choice, to: "/sign-in/factor", ["factor": "passcode"])
                #expect(try await browser.submit(page, to: "/sign-in/passcode", ["passcode": wrong]).status == 401)
                #expect(try await world.failures(of: token) == count)
            }
            // The fifth comes through another door.
            #expect(try await world.state(of: wrong, by: token.person) == "denied")
            #expect(try await world.failures(of: token) == 5)
            let code = token.passcode(step: world.step)
            #expect(try await world.state(of: code, by: token.person) == "denied")
            #expect(try await world.signIn(token, with: try await world.newBrowser()).status == 401)
            #expect(try await world.auditRows(of: token.person, event: "otp.ok") == 0)
            try clock.advance(seconds: 31)
            #expect(try await world.state(of: token.passcode(step: world.step), by: token.person) == "approved")
        }

        // R15
        @Test func `a hundred failures in a row end the factor until an administrator unlocks it`() async throws {
            let token = try await world.createUserWithToken("alice")
            let wrong = token.wrongPasscode(near: world.step)
            for _ in 0..<100 {
                #expect(try await world.state(of: wrong, by: token.person) == "denied")
                try clock.advance(seconds: 3_601)
            }
            #expect(try await world.auditRows(of: token.person, event: "otp.wrong_code") == 100)
            #expect(try await world.auditRows(of: token.person, event: "authenticator.disabled") == 1)
            let listed = try await world.expect(200, "GET", "/users/\(token.person.name)/factors")
            #expect(listed["items"]?.items.first?["state"]?.text == "disabled")
            try clock.advance(seconds: 86_400)
            #expect(try await world.state(of: token.passcode(step: world.step), by: token.person) == "denied")
            // Another factor of the same person still works.
            let other = try await world.importToken("hotp", for: token.person)
            #expect(try await world.state(of: other.passcode(counter: 0), by: token.person) == "approved")
            #expect(try await world.failures(of: token) == 100)
            _ = try await world.expect(200, "POST", "/users/\(token.person.name)/unlock")
            #expect(try await world.state(of: token.passcode(step: world.step), by: token.person) == "approved")
        }
    }
}

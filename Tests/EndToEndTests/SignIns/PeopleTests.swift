// SPDX-License-Identifier: Apache-2.0
import Testing
import TestKit

extension EndToEnd.Standing {
    /// What is said of one person, by the real programs: let in once, kept out for a while, back without a phone.
    @Suite struct People {
        let world: World

        init() throws { world = try World.current }

        // R78
        @Test func `a bypass of the command line lets one of many sign-ins in, at either copy`() async throws {
            let token = try await world.createUserWithToken("alice")
            let printed = try await world.core(
                "bypass", ["add", token.person.name, "--reason", "phone at home", "--json"])
            #expect(JSON(parsing: Array(printed.utf8))?["expiresAt"]?.text != nil)
            let wrong = token.wrongPasscode(near: world.step)
            let states = try await inParallel(32) { number in
                try await world.state(of: wrong, by: token.person, copy: number % 2)
            }
            #expect(tally(states) == ["approved": 1, "denied": 31])
            #expect(try await world.auditRows(of: token.person, event: "bypass.used") == 1)
            #expect(try await world.auditRows(of: token.person, event: "sign_in.waived") == 1)
        }

        // R20
        @Test func `a block of the command line is over when its time is`() async throws {
            let token = try await world.createUserWithToken("bob", "hotp")
            try await world.core("user", ["block", token.person.name, "--reason", "on leave", "--days", "14"])
            #expect(try await world.state(of: token.passcode(counter: 0), by: token.person, copy: 1) == "denied")
            try await world.sql(
                """
                update core."user" set blocked_until = clock_timestamp() - interval '1 second'
                where id = '\(token.person.id)'
                """)
            #expect(try await world.state(of: token.passcode(counter: 0), by: token.person, copy: 1) == "approved")
        }

        // R79
        @Test func `who lost the phone comes back into the portal by password and recovery code`() async throws {
            let person = try await world.createUser("rita")
            let made = try await world.expect(201, "POST", "/users/\(person.name)/factors", ["kind": "recovery"])
            let items = try #require(made["recoveryCodes"]?.items)
            let old = items.compactMap(\.text)
            let code = try #require(old.first)
            try await world.setPassword(of: person)
            let browser = try await world.newBrowser()
            let choice = try await world.enterPassword(of: person, into: browser)
            let page = try await browser.submit(choice, to: "/sign-in/factor", ["factor": "passcode"])
            let factors = try await browser.submit(page, to: "/sign-in/passcode", ["passcode": code])
            #expect(factors.path == "/factors", "\(factors.path) \(factors.status)")
            #expect(factors.html.contains("Recovery codes left: 9"))
            #expect(try await world.auditRows(of: person, event: "recovery.ok") == 1)
            // A sheet of their own making, in the place of the old one.
            let recovery = try await browser.open("/recovery")
            #expect(recovery.html.contains("Recovery codes left: <strong>9</strong>"))
            let sheet = try await browser.submit(recovery, to: "/recovery")
            let fresh = sheet.html.matches(of: /<li><code>([0-9-]+)<\/code>/).map { String($0.1) }
            #expect(sheet.status == 200 && fresh.count == 10 && Set(fresh).isDisjoint(with: old))
            #expect(try await world.state(of: old[1], by: person) == "denied")
            #expect(try await world.state(of: fresh[0], by: person, copy: 1) == "approved")
            #expect(try await browser.open("/factors").html.contains("Recovery codes left: 9"))
        }
    }
}

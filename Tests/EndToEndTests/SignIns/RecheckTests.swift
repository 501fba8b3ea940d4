// SPDX-License-Identifier: Apache-2.0
import Testing
import TestKit

extension EndToEnd.Standing {
    /// R20: what a person may do is looked at again when the passcode comes, not only when it was asked for.
    @Suite struct Rechecks {
        let world: World

        init() throws { world = try World.current }

        // R20; pushes: EndToEnd/Standing/Push.
        @Test(arguments: ["block", "disable", "delete"])
        func `who may not sign in any more is denied with the right passcode`(act: String) async throws {
            let token = try await world.createUserWithToken("alice")
            let id = try await askForPasscode(of: token.person)
            try await end(token.person, by: act)
            let code = token.passcode(step: world.step)
            // As many answers as wrong passcodes get (R19), and none of them is looked at.
            var states: [String?] = []
            for _ in 0..<3 { states.append(try await answer(id, with: code)["state"]?.text) }
            #expect(states == ["pending", "pending", "denied"])
            #expect(try await world.signIn(id)["reason"]?.text == "refused")
            let rows =
                "select count(*) from core.audit_event where sign_in_id = '\(id)' and event = 'otp.denied.locked'"
            #expect(try await world.number(rows) == 3)
            let late = try await answer(id, with: code)
            #expect(late.status == 409 && late.code == "already_decided")
            guard act != "delete" else { return }
            // It was neither counted nor spent, and opens nothing that was denied.
            #expect(try await world.failures(of: token) == 0)
            _ = try await world.expect(200, "PATCH", "/users/\(token.person.name)", ["enabled": true])
            _ = try await world.expect(200, "POST", "/users/\(token.person.name)/unblock")
            #expect(try await answer(id, with: code).status == 409)
            #expect(try await world.state(of: code, by: token.person) == "approved")
        }

        // R20: the factor's own state, too.
        @Test(arguments: ["locked", "removed"])
        func `a factor that is gone or locked meanwhile takes no passcode`(what: String) async throws {
            let token = try await world.createUserWithToken("alice")
            let id = try await askForPasscode(of: token.person)
            if what == "locked" {
                try await world.sql(
                    "update core.factor set delayed_until = now() + interval '1 hour' where id = '\(token.factorID)'")
            } else {
                let path = "/users/\(token.person.name)/factors/\(token.factorID)"
                #expect(try await world.call("DELETE", path).status == 204)
            }
            let code = token.passcode(step: world.step)
            let states = [
                try await answer(id, with: code), try await answer(id, with: code), try await answer(id, with: code),
            ].map { $0["state"]?.text }
            #expect(states == ["pending", "pending", "denied"])
            let event = what == "locked" ? "otp.locked" : "otp.no_factor"
            #expect(try await world.auditRows(of: token.person, event: event) == 3)
            #expect(try await world.auditRows(of: token.person, event: "otp.ok") == 0)
        }

        // R20: the second step of the portal.
        @Test(arguments: ["block", "disable", "delete"])
        func `the portal lets nobody in who was stopped between password and passcode`(act: String) async throws {
            let token = try await world.createUserWithToken("paula")
            let browser = try await world.newBrowser()
            try await world.setPassword(of: token.person)
            let choice = try await world.enterPassword(of: token.person, into: browser)
            let page = try await browser.submit(choice, to: "/sign-in/factor", ["factor": "passcode"])
            try await end(token.person, by: act)
            let code = token.passcode(step: world.step)
            // R19: as many tries as for wrong passcodes.
            var again = page
            for _ in 0..<2 {
                again = try await browser.submit(again, to: "/sign-in/passcode", ["passcode": code])
                #expect(again.html.contains("name=\"passcode\""), "\(again.path) \(again.status)")
            }
            let refused = try await browser.submit(again, to: "/sign-in/passcode", ["passcode": code])
            #expect(refused.status == 401 && refused.path != "/factors", "\(refused.path) \(refused.status)")
            #expect(try await browser.open("/factors").isTurnedAway)
            #expect(
                try await world.number("select count(*) from core.ticket where user_id = '\(token.person.id)'") == 0)
        }

        private func askForPasscode(of person: Person) async throws -> String {
            let start = try await world.call(
                "POST", "/sign-ins", ["user": .string(person.name), "factor": "passcode"], as: "integrator")
            try #require(start["state"]?.text == "pending", "\(start.text)")
            return try #require(start["id"]?.text)
        }

        private func answer(_ id: String, with passcode: String) async throws -> Reply {
            try await world.call(
                "POST", "/sign-ins/\(id)/answers", ["passcode": .string(passcode)], as: "integrator", copy: 1)
        }

        private func end(_ person: Person, by act: String) async throws {
            switch act {
            case "block": _ = try await world.expect(200, "POST", "/users/\(person.name)/block", ["reason": "left"])
            case "disable": _ = try await world.expect(200, "PATCH", "/users/\(person.name)", ["enabled": false])
            default: #expect(try await world.call("DELETE", "/users/\(person.name)").status == 204)
            }
        }
    }
}

// SPDX-License-Identifier: Apache-2.0
import SimulatedPhone
import Testing
import TestKit

extension EndToEnd.Standing {
    /// R99: SQL in any field is text.
    @Suite struct Injections {
        let world: World

        init() throws { world = try World.current }

        static let texts = [
            #"'; drop table core."user"; --"#, "' or '1'='1", "1; delete from core.factor",
            #"\'; update core.factor set failures = 0; --"#, "$$; select pg_sleep(30); $$", "' union select 1,2,3 /*",
            "%' or true --", "x' || (select current_user) || '", "{1,2}", "NULL;", "${jndi:x}", "\\x41",
        ]

        // R99
        @Test func `SQL in a field of a person, a factor or a phone is kept as text or refused`() async throws {
            let tables = try await tableCount()
            for text in Self.texts {
                let person = try await world.createUser("alice", ["displayName": .string(text)])
                let user = "/users/\(person.name)"
                #expect(try await world.expect(200, "GET", user)["displayName"]?.text == text)
                let changed = try await world.expect(200, "PATCH", user, ["displayName": .string(text + text)])
                #expect(changed["displayName"]?.text == text + text)
                for field in ["email", "language", "preferredFactor"] {
                    let reply = try await world.call("PATCH", user, [field: .string(text)])
                    #expect(reply.status == 400 || reply.status == 422, "\(field): \(text)")
                }
                let factor = try await world.expect(
                    201, "POST", "\(user)/factors", ["kind": "totp", "name": .string(text)])
                for bad in ["kind", "algorithm", "secretBase32", "secretHex"] {
                    let body = ["kind": JSON.string("totp")].merging([bad: .string(text)]) { $1 }
                    let reply = try await world.call("POST", "\(user)/factors", .object(body))
                    #expect(reply.status == 400 || reply.status == 422, "\(bad): \(text)")
                }
                let phone = try await world.newPhone()
                try await phone.activate(
                    link: try #require(try await world.createActivation(for: person)["activationURI"]?.text),
                    deviceName: text, pushAddress: text)
                try await phone.setPushAddress(text + text)
                let listed = try await world.expect(200, "GET", "\(user)/factors")["items"]?.items ?? []
                #expect(listed.count == 2 && listed.allSatisfy { $0["name"]?.text == text })
                let confirmation = "\(user)/factors/\(factor["id"]?.text ?? "")/confirmation"
                let confirmed = try await world.expect(200, "POST", confirmation, ["passcode": .string(text)])
                #expect(confirmed["accepted"]?.boolean == false)
                _ = try await world.expect(200, "POST", "\(user)/block", ["reason": .string(text)])
            }
            #expect(try await tableCount() == tables)
        }

        // R99
        @Test func `SQL in a question finds nobody and opens nothing`() async throws {
            let token = try await world.createUserWithToken("alice")
            let before = try await (world.storage(of: token.person), tableCount())
            for text in Self.texts {
                let query = text.utf8.map { "%" + ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
                let found = try await world.expect(200, "GET", "/users?search=\(query)")
                // Only who is called so, by the scenario above.
                for user in found["items"]?.items ?? [] {
                    #expect(user["displayName"]?.text?.contains(text) == true, "\(text) found \(user)")
                }
                for path in [
                    "/users?cursor=\(query)", "/users?limit=\(query)", "/users/\(query)", "/sign-ins/\(query)",
                ] {
                    let reply = try await world.call("GET", path)
                    #expect((400...404).contains(reply.status), "\(path) \(reply.status)")
                }
                for (user, passcode) in [(text, "123456"), (token.person.name + text, "123456")] {
                    #expect(try await world.check(passcode, of: user)["state"]?.text == "denied", "\(text)")
                }
                let odd = try await world.call(
                    "POST", "/sign-ins",
                    [
                        "user": .string(token.person.name + text), "factor": "push", "application": .string(text),
                        "clientAddress": .string(text),
                    ], as: "integrator", key: Workshop.unique(), headers: [("X-Request-Id", text)])
                #expect(odd["state"]?.text == "denied" || odd.status == 400, "\(text): \(odd.text)")
                let browser = try await world.newBrowser()
                let page = try await browser.submit(
                    try await browser.open("/"), to: "/sign-in", ["user": text, "password": text])
                #expect(page.status == 401, "\(text): \(page.status)")
            }
            #expect(try await world.storage(of: token.person) == before.0)
            #expect(try await tableCount() == before.1)
            #expect(try await world.state(of: token.passcode(step: world.step), by: token.person) == "approved")
        }

        private func tableCount() async throws -> Int {
            try await world.number(
                "select count(*) from information_schema.tables where table_schema in ('core', 'sdk', 'portal')")
        }
    }
}

// SPDX-License-Identifier: Apache-2.0
import DeviceProtocol
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

        // R99
        @Test func `SQL in an answer, a key, a ticket or an activation is one more wrong text`() async throws {
            let token = try await world.createUserWithToken("alice", "hotp")
            let user = token.person.name
            let activation = try await world.createActivation(for: token.person)
            let tables = try await tableCount()
            let question: JSON = ["user": .string(user), "factor": "passcode"]
            for text in Self.texts {
                let started = try await world.expect(200, "POST", "/sign-ins", question, as: "integrator")
                let answer = try await world.call(
                    "POST", "/sign-ins/\(started["id"]?.text ?? "")/answers", ["passcode": .string(text)],
                    as: "integrator")
                let state = answer["state"]?.text ?? ""
                #expect(isRefusal(answer) || ["pending", "denied"].contains(state), "\(text): \(answer.text)")
                let factor = "/users/\(user)/factors/\(token.factorID)"
                let moved = try await world.call(
                    "POST", "\(factor)/resynchronisation", ["passcodes": [.string(text), .string(text)]])
                #expect(isRefusal(moved) || moved["accepted"]?.boolean == false, "\(text): \(moved.text)")
                for credential in [
                    .typed(user: text, code: "ABCD-EFGH"), .typed(user: user, code: text), .secret(text),
                ] as [ActivationCredential] {
                    let reply = try await world.call(
                        "POST", "/devices/activations", try PhoneGuess().request(credential, from: "203.0.113.99"),
                        as: "mobile")
                    #expect(isRefusal(reply), "\(credential): \(reply.status) \(reply.text)")
                }
                // A key may hold no spaces; without them it is SQL still, and the answer under it is the caller's own.
                let key = text.replacing(" ", with: "/**/")
                let twice = try await [
                    world.call("POST", "/sign-ins", question, as: "integrator", key: key),
                    world.call("POST", "/sign-ins", question, as: "integrator", copy: 1, key: key),
                ]
                #expect(twice.allSatisfy { $0.status == 200 } || twice.allSatisfy { $0.status == 400 }, "\(key)")
                #expect(twice[0]["id"] == twice[1]["id"], "\(key)")
                let shown = [("Countersign-Ticket", text)]
                for (method, path) in [("GET", "/users/me/factors"), ("DELETE", "/portal/ticket")] {
                    let reply = try await world.call(method, path, as: "portal", headers: shown)
                    #expect(isRefusal(reply), "\(text): \(reply.status) \(reply.text)")
                }
            }
            #expect(try await tableCount() == tables)
            #expect(try await world.state(of: token.passcode(counter: 0), by: token.person) == "approved")
            let secret = try #require(activation["secret"]?.text)
            let opened = try await world.call(
                "POST", "/devices/activations", try PhoneGuess().request(.secret(secret), from: "203.0.113.98"),
                as: "mobile")
            #expect(opened.status == 201, "\(opened.text)")
            try await world.sql("delete from core.activation_guess")
        }

        /// Refused as what it is: neither done, nor a fault of ours.
        private func isRefusal(_ reply: Reply) -> Bool { [400, 401, 403, 404, 422].contains(reply.status) }

        func tableCount() async throws -> Int {
            try await world.number(
                "select count(*) from information_schema.tables where table_schema in ('core', 'sdk', 'portal')")
        }
    }
}

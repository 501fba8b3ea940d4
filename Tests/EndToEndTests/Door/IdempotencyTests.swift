// SPDX-License-Identifier: Apache-2.0
import SimulatedPhone
import SimulatedPhone
import Testing
import TestKit

extension EndToEnd.Standing {
    /// R72: a request with an Idempotency-Key has one effect, however often it is sent.
    @Suite struct Idempotency {
        let world: World

        init() throws { world = try World.current }

        // R72
        @Test func `a retry after a lost answer, to the other copy, finds the effect done`() async throws {
            let gate = try GateProxy(to: try await world.copies(of: .sdk)[0].port())
            defer { gate.stop() }
            let name = "idempotent-\(Workshop.unique())"
            let body: JSON = ["username": .string(name), "displayName": "Once"]
            // The connection stands before anything is held: what is lost is the answer to the request itself.
            let users = "https://localhost:\(gate.port)/api/v1/users"
            #expect(try await world.web.send("GET", users).status == 401)
            gate.holdReplies()
            let lost = Task { try await send(body, key: "create-\(name)", to: users) }
            try await eventually("the user is created") {
                try await world.number("select count(*) from core.\"user\" where canonical_name = '\(name)'") == 1
            }
            gate.cut()
            await #expect(throws: NoReply.self) { _ = try await lost.value }
            let first = try await world.call("POST", "/users", body, copy: 1, key: "create-\(name)")
            let second = try await world.call("POST", "/users", body, copy: 0, key: "create-\(name)")
            #expect(first.status == 201 && second.status == 201)
            #expect(first.body == second.body)
            #expect(try await world.number("select count(*) from core.\"user\" where canonical_name = '\(name)'") == 1)
            let other = try await world.call(
                "POST", "/users", ["username": .string(name)], copy: 1, key: "create-\(name)")
            #expect(other.status == 422 && other.code == "idempotency_mismatch")
            let without = try await world.call("POST", "/users", body)
            #expect(without.status == 409 && without.code == "conflict")
        }

        // R72
        @Test func `the same key starts one prompt and shows the same number`() async throws {
            let (person, phone) = try await world.createUserWithPhone("carol")
            let key = Workshop.unique()
            let replies = try await inParallel(16) { number in
                try await world.startPush(for: person, copy: number % 2, key: key)
            }
            let running = replies.filter { $0.status == 409 }
            #expect(running.allSatisfy { $0.code == "in_progress" && $0.header("retry-after") != nil })
            let answers = replies.filter { $0.status == 200 }
            #expect(answers.count + running.count == 16)
            #expect(Set(answers.map { $0["id"]?.text }).count == 1)
            #expect(Set(answers.map { $0["numberToEnter"]?.text }).count == 1)
            #expect(try await phone.challenges().count == 1)
            let prompt = Prompt(
                id: try #require(answers.first?["id"]?.text),
                number: try #require(answers.first?["numberToEnter"]?.text))
            #expect(try await world.approve(prompt, on: phone) == "approved")
            let after = try await world.startPush(for: person, copy: 1, key: key)
            #expect(after["id"]?.text == prompt.id && after["state"]?.text == "approved")
        }

        // R72
        @Test func `a passcode checked twice under one key is spent once and answered twice`() async throws {
            let token = try await world.createUserWithToken("alice")
            let (code, key) = (token.passcode(step: world.step), Workshop.unique())
            let first = try await world.check(code, of: token.person.name, key: key)
            let second = try await world.check(code, of: token.person.name, copy: 1, key: key)
            #expect(first["state"]?.text == "approved")
            #expect(first.body == second.body)
            #expect(try await world.auditRows(of: token.person, event: "otp.ok") == 1)
            #expect(try await world.auditRows(of: token.person, event: "otp.replay") == 0)
            let other = try await world.check("000000", of: token.person.name, key: key)
            #expect(other.status == 422 && other.code == "idempotency_mismatch")
            // Another account's key is another key.
            let foreign = try await world.check(code, of: token.person.name, as: "vpn", key: key)
            #expect(foreign["state"]?.text == "denied")
        }

        // R72
        @Test func `a repeated enrolment shows the same secret and makes one factor`() async throws {
            let person = try await world.createUser("alice")
            let (path, key) = ("/users/\(person.name)/factors", Workshop.unique())
            let first = try await world.call("POST", path, ["kind": "totp"], key: key)
            let second = try await world.call("POST", path, ["kind": "totp"], copy: 1, key: key)
            #expect(first.status == 201 && first.body == second.body)
            let listed = try await world.expect(200, "GET", path)
            #expect(listed["items"]?.items.count == 1)
            for bad in ["", String(repeating: "k", count: 65), "a b"] where !bad.isEmpty {
                #expect(try await world.call("POST", path, ["kind": "totp"], key: bad).status == 400)
            }
        }

        // R72
        @Test func `an administrator's act has one effect under one key`() async throws {
            let person = try await world.createUser("alice")
            let path = "/users/\(person.name)"
            let acts: [(act: String, body: JSON, event: String)] = [
                ("block", ["reason": "lost"], "user.blocked"), ("unblock", [:], "user.unblocked"),
                ("unlock", [:], "user.unlocked"),
            ]
            for (act, body, event) in acts {
                let key = Workshop.unique()
                let first = try await world.call("POST", "\(path)/\(act)", body, key: key)
                #expect(first.status == 200, "\(first.text)")
                let second = try await world.call("POST", "\(path)/\(act)", body, copy: 1, key: key)
                #expect(second.status == 200 && second.body == first.body, "\(act)")
                #expect(try await world.auditRows(of: person, event: event) == 1, "\(act)")
                let other = try await world.call("POST", "\(path)/block", ["reason": "stolen"], key: key)
                #expect(other.status == 422 && other.code == "idempotency_mismatch", "\(act)")
            }
            #expect(try await world.auditRows(of: person, event: "user.blocked") == 1)
            #expect(try await world.expect(200, "GET", path)["blocked"]?.boolean == false)
        }

        private func send(_ body: JSON, key: String, to url: String) async throws -> Reply {
            try await world.web.send(
                "POST", url,
                headers: [
                    ("Authorization", World.basic(try world.account("administrator"))),
                    ("Content-Type", "application/json"), ("Idempotency-Key", key),
                ], body: body.bytes)
        }
    }
}

// SPDX-License-Identifier: Apache-2.0
import DeviceProtocol
import Postgres
import Primitives
import Testing
import TestKit

extension EndToEnd.Standing {
    /// One budget per authenticator, whoever guesses and however (limit 5).
    @Suite struct Guessing {
        let world: World

        init() throws { world = try World.current }

        // R16
        @Test func `nothing that can be repeated resets the count`() async throws {
            let strict = try await StrictPair(world, softLimit: 5)
            let token = try await world.createUserWithToken("alice")
            let other = try await world.importToken("hotp", for: token.person)
            let wrong = token.wrongPasscode(near: world.step)
            for copy in 0..<4 {
                #expect(try await strict.state(of: wrong, by: token.person.name, copy: copy % 2) == "denied")
            }
            // A success of another factor, and a new session.
            #expect(try await strict.state(of: other.passcode(counter: 0), by: token.person.name) == "approved")
            #expect(try await world.failures(of: token) == 4)
            #expect(try await world.failures(of: other) == 0)
            #expect(try await strict.state(of: wrong, by: token.person.name) == "denied")
            #expect(try await world.failures(of: token) == 5)
            #expect(try await strict.state(of: token.passcode(step: world.step), by: token.person.name) == "denied")
            // Only a success of this factor before the limit resets it.
            let second = try await world.createUserWithToken("bob", "hotp")
            for round in 0..<2 as Range<UInt64> {
                for _ in 0..<4 { _ = try await strict.state(of: wrong, by: second.person.name) }
                #expect(
                    try await strict.state(of: second.passcode(counter: round), by: second.person.name) == "approved")
            }
            try await strict.stop()
        }

        // R17
        @Test func `all spellings of a person share one budget`() async throws {
            let strict = try await StrictPair(world, softLimit: 5)
            let token = try await world.createUserWithToken("alice")
            let name = token.person.name
            let wide = String(
                name.unicodeScalars.compactMap { UnicodeScalar($0.value + 0xFEE0) }.map(Character.init))
            let spellings = [
                name.uppercased(), " \(name)", "\(name) ", "EXAMPLE\\\(name)", "\(name)@example.org", wide,
            ]
            let wrong = token.wrongPasscode(near: world.step)
            for (count, spelling) in spellings.prefix(5).enumerated() {
                #expect(try await strict.state(of: wrong, by: spelling, copy: count % 2) == "denied")
                #expect(try await world.failures(of: token) == count + 1, "“\(spelling)”")
            }
            for spelling in spellings {
                #expect(try await strict.state(of: token.passcode(step: world.step), by: spelling) == "denied")
            }
            #expect(try await world.failures(of: token) == 5)
            for stranger in ["\(name)\u{0}", "\(name)@evil.example", "OTHER\\\(name)", "\(name).", ""] {
                let reply = try await strict.check(token.passcode(step: world.step), of: stranger)
                #expect(reply.status == 400 || reply["state"]?.text == "denied", "“\(stranger)”")
            }
            #expect(try await world.failures(of: token) == 5)
            try await strict.stop()
        }

        // R18
        @Test func `no header of the caller makes a new budget`() async throws {
            let strict = try await StrictPair(world, softLimit: 5)
            let token = try await world.createUserWithToken("alice")
            let wrong = token.wrongPasscode(near: world.step)
            for number in 0..<5 {
                let address = "198.51.100.\(number)"
                let reply = try await strict.check(
                    wrong, of: token.person.name, copy: number % 2,
                    headers: [
                        ("X-Forwarded-For", address), ("Forwarded", "for=\(address)"), ("X-Real-IP", address),
                        ("User-Agent", "agent \(number)"), ("Countersign-Account", "other"),
                        ("Countersign-Peer", address), ("Countersign-Scopes", "manage-users"),
                    ])
                #expect(reply["state"]?.text == "denied")
            }
            #expect(try await world.failures(of: token) == 5)
            // A field that nobody knows makes no budget either: it makes no attempt.
            for field in ["email", "clientAddress2", "source", "nas"] {
                let body: JSON = [
                    "user": .string(token.person.name), "factor": "passcode", "passcode": .string(wrong),
                    field: .string("\(field)@example.org"),
                ]
                #expect(try await strict.call("POST", "/sign-ins", body).status == 400)
            }
            // What a caller claims about the person's address is no key either.
            let sixth: JSON = [
                "user": .string(token.person.name), "factor": "passcode",
                "passcode": .string(token.passcode(step: world.step)), "clientAddress": "192.0.2.99",
            ]
            let locked = try await strict.call("POST", "/sign-ins", sixth, copy: 1)
            #expect(locked["state"]?.text == "denied")
            #expect(try await world.failures(of: token) == 5)
            let rows = try await world.number(
                """
                select count(*) from core.audit_event where user_id = '\(token.person.id)' and event like 'otp.%'
                   and actor = 'integrator' and peer = '127.0.0.1'
                """)
            #expect(rows == 6)
            try await strict.stop()
        }

        // R18: the public services' throttles go by the socket, not by what a stranger writes into headers.
        @Test func `no header makes a new address of a phone's or a browser's`() async throws {
            try await world.sql("delete from core.activation_guess; delete from core.password_address")
            let url = try await world.phoneURL() + "/api/v1/activations"
            for number in 0..<4 {
                let address = "198.51.100.\(number)"
                let forged = [
                    ("X-Forwarded-For", address), ("Forwarded", "for=\(address)"), ("X-Real-IP", address),
                    ("User-Agent", "agent \(number)"), ("Countersign-Peer", address),
                ]
                let outer = try PhoneGuess().request(.secret("guess \(number)"), from: "")
                let body = try #require(outer["body"]?.text.flatMap { Base64URL.decode($0) })
                let reply = try await world.web.send(
                    "POST", url, headers: [("Content-Type", "application/json")] + forged, body: body)
                #expect(reply.status == 401, "\(reply.text)")
                let browser = try await world.newBrowser()
                let token = try await browser.open("/").hidden("token") ?? ""
                let page = try await browser.post(
                    "/sign-in", ["user": "nobody-at-all", "password": "wrong", "token": token], headers: forged)
                #expect(page.status == 401)
            }
            let buckets = "select count(*) from core.activation_guess where bucket >= 0 and wrong = 4"
            #expect(try await world.number(buckets) == 1)
            #expect(try await world.number("select count(*) from core.activation_guess where bucket >= 0") == 1)
            let addresses = try await world.sql("select address, failures from core.password_address")
            #expect(try addresses.map { try $0.text("address") } == ["127.0.0.1"])
            #expect(try addresses.first?.integer("failures") == 4)
            try await world.sql("delete from core.activation_guess; delete from core.password_address")
        }

        // R21: 500 of them in `make soak`.
        @Test func `whoever does not know the password reaches no other factor`() async throws {
            let strict = try await StrictPair(world, softLimit: 5)
            let token = try await world.createUserWithToken("alice")
            let other = try await world.importToken("hotp", for: token.person)
            try await world.setPassword(of: token.person)
            let wrong = token.wrongPasscode(near: world.step)
            for number in 0..<min(500, max(12, Workshop.rounds * 4)) {
                // Each from elsewhere, so that no address's own limit stands before the person's.
                let started = try await strict.call(
                    "POST", "/portal/sign-ins",
                    [
                        "user": .string(token.person.name), "password": .string("wrong \(number)"),
                        "clientAddress": .string("198.51.\(number / 250).\(number % 250)"),
                    ], as: "portal", copy: number % 2)
                #expect(started["state"]?.text == "denied", "\(started.text)")
                let id = try #require(started["id"]?.text)
                _ = try await strict.call(
                    "POST", "/portal/sign-ins/\(id)/factor", ["factor": "passcode"], as: "portal")
                let answer = try await strict.call(
                    "POST", "/sign-ins/\(id)/answers", ["passcode": .string(wrong)], as: "portal")
                #expect(answer.code == "already_decided", "\(answer.text)")
            }
            #expect(try await world.failures(of: token) == 0)
            #expect(try await world.failures(of: other) == 0)
            #expect(try await strict.state(of: token.passcode(step: world.step), by: token.person.name) == "approved")
            // One factor that is locked leaves the others.
            for _ in 0..<5 { _ = try await strict.state(of: wrong, by: token.person.name) }
            try await world.sql(
                "update core.factor set failures = 0, delayed_until = null where id = '\(other.factorID)'")
            #expect(try await strict.state(of: token.passcode(step: world.step + 1), by: token.person.name) == "denied")
            #expect(try await strict.state(of: other.passcode(counter: 0), by: token.person.name) == "approved")
            try await world.sql("delete from core.password_address")
            try await strict.stop()
        }

        // R19
        @Test func `six ways to be refused look the same`() async throws {
            let wrong = try await world.createUserWithToken("wrong")
            let replayed = try await world.createUserWithToken("replayed")
            let locked = try await world.createUserWithToken("locked")
            let disabled = try await world.createUserWithToken("disabled")
            let blocked = try await world.createUserWithToken("blocked")
            let bare = try await world.createUser("bare")
            let code = replayed.passcode(step: world.step)
            #expect(try await world.state(of: code, by: replayed.person) == "approved")
            try await world.sql(
                "update core.factor set delayed_until = now() + interval '1 hour' where id = '\(locked.factorID)'")
            _ = try await world.expect(200, "PATCH", "/users/\(disabled.person.name)", ["enabled": false])
            _ = try await world.expect(200, "POST", "/users/\(blocked.person.name)/block", ["reason": "test"])
            let attempts = [
                (wrong.person.name, wrong.wrongPasscode(near: world.step)), (replayed.person.name, code),
                (locked.person.name, locked.passcode(step: world.step)),
                (disabled.person.name, disabled.passcode(step: world.step)),
                (blocked.person.name, blocked.passcode(step: world.step)), (bare.name, "123456"),
                ("nobody-of-that-name", "123456"), ("nobody\u{7}", "123456"),
            ]
            var faces: [String: [String]] = [:]
            for (name, passcode) in attempts {
                let reply = try await world.check(passcode, of: name)
                faces[Self.face(of: reply), default: []].append(name)
            }
            #expect(faces.count == 1, "\(faces)")
            var pushes: [String: [String]] = [:]
            for name in [
                bare.name, disabled.person.name, blocked.person.name, wrong.person.name, "nobody-of-that-name",
            ] {
                let reply = try await world.call(
                    "POST", "/sign-ins", ["user": .string(name), "factor": "push"], as: "integrator")
                pushes[Self.face(of: reply), default: []].append(name)
            }
            #expect(pushes.count == 1, "\(pushes)")
        }

        // R19: not by being asked for a passcode either, nor by the tries that one has.
        @Test(arguments: [true, false])
        func `everybody is asked for a passcode alike and has three tries`(isNamed: Bool) async throws {
            let wrong = try await world.createUserWithToken("wrong")
            let locked = try await world.createUserWithToken("locked")
            let disabled = try await world.createUserWithToken("disabled")
            let blocked = try await world.createUserWithToken("blocked")
            let bare = try await world.createUser("bare")
            try await world.sql(
                "update core.factor set delayed_until = now() + interval '1 hour' where id = '\(locked.factorID)'")
            _ = try await world.expect(200, "PATCH", "/users/\(disabled.person.name)", ["enabled": false])
            _ = try await world.expect(200, "POST", "/users/\(blocked.person.name)/block", ["reason": "test"])
            let code = wrong.wrongPasscode(near: world.step)
            // Rows with the true reason: who may not sign in at all is named as such from the first row on.
            let people = [
                (wrong.person.name, "wrong_code", 3), (locked.person.name, "locked", 3), (bare.name, "no_factor", 3),
                (disabled.person.name, "user_disabled", 4), (blocked.person.name, "user_blocked", 4),
                ("nobody-of-that-name", "unknown_user", 4), ("nobody\u{7}", "unknown_user", 4),
                (String(repeating: "x", count: 300), "unknown_user", 4),
            ]
            var faces: [[String]: [String]] = [:]
            for (name, reason, count) in people {
                var body: [String: JSON] = ["user": .string(name)]
                if isNamed { body["factor"] = "passcode" }
                let asked = try await world.call("POST", "/sign-ins", .object(body), as: "integrator")
                let id = try #require(asked["id"]?.text, "\(asked.text)")
                var seen = [Self.face(of: asked)]
                for _ in 0..<4 {
                    let reply = try await world.call(
                        "POST", "/sign-ins/\(id)/answers", ["passcode": .string(code)], as: "integrator", copy: 1)
                    seen.append(Self.face(of: reply))
                }
                faces[seen, default: []].append(name)
                let rows = try await world.number(
                    "select count(*) from core.audit_event where sign_in_id = '\(id)' and reason = '\(reason)'")
                #expect(rows == count, "\(name)")
            }
            #expect(faces.count == 1, "\(faces)")
        }

        /// An answer without what must differ: ids and times.
        private static func face(of reply: Reply) -> String {
            var members: [String: JSON] = [:]
            if case .object(let all) = reply.json { members = all }
            for name in ["id", "decidedAt", "expiresAt", "requestId"] { members[name] = members[name].map { _ in "…" } }
            let headers = reply.headers.map { $0.name.lowercased() }.sorted().joined(separator: ",")
            return "\(reply.status) \(headers) \(String(decoding: JSON.object(members).bytes, as: UTF8.self))"
        }
    }
}

// SPDX-License-Identifier: Apache-2.0
import Primitives
import SimulatedPhone
import Testing
import TestKit

extension EndToEnd.Standing {
    /// Phones as devices: activation, their own requests, their end.
    @Suite struct Devices {
        let world: World

        init() throws { world = try World.current }

        // R34
        @Test func `64 phones with one activation at once become one device`() async throws {
            let person = try await world.createUser("carol")
            let activation = try await world.createActivation(for: person)
            let link = try #require(activation["activationURI"]?.text)
            let phones = try await inParallel(64) { try await world.newPhone(copy: $0 % 2) }
            let outcomes = try await inParallel(64) { number in
                let refused = try await refusal { try await phones[number].activate(link: link) }
                return refused.map { "\($0.status ?? 0) \($0.code ?? "")" } ?? "activated"
            }
            #expect(tally(outcomes) == ["activated": 1, "401 unauthenticated": 63])
            let factors = try await world.expect(200, "GET", "/users/\(person.name)/factors")
            #expect(factors["items"]?.items.count == 1)
            let id = try #require(activation["id"]?.text)
            let state = try await world.expect(200, "GET", "/users/\(person.name)/activations/\(id)")
            #expect(state["state"]?.text == "used")
        }

        // R34
        @Test func `a second activation voids the first`() async throws {
            let person = try await world.createUser("carol")
            let first = try await world.createActivation(for: person)
            let second = try await world.createActivation(for: person)
            let phone = try await world.newPhone()
            let old = try await refusal { try await phone.activate(link: first["activationURI"]?.text ?? "") }
            #expect(old?.status == 401)
            try await phone.activate(link: try #require(second["activationURI"]?.text))
        }

        // R34
        @Test func `a typed code needs its user name`() async throws {
            let person = try await world.createUser("carol")
            let other = try await world.createUser("dave")
            let activation = try await world.createActivation(for: person)
            let code = try #require(activation["code"]?.text)
            let phone = try await world.newPhone()
            for name in [other.name, "nobody-at-all", ""] {
                let refused = try await refusal { try await phone.activate(user: name, code: code) }
                #expect(refused?.status == 401 || refused?.status == 400, "“\(name)”")
            }
            // R17: the same person in another spelling.
            let identity = try await phone.activate(user: "\(person.name.uppercased())@example.org", code: code)
            #expect(identity.userId == person.id)
            #expect(identity.userName == person.name)
        }

        // R34: the secret has at least 112 bits and never repeats.
        @Test func `activation secrets are long and new each time`() async throws {
            let person = try await world.createUser("carol")
            var secrets: Set<String> = []
            for _ in 0..<20 {
                let activation = try await world.createActivation(for: person)
                let secret = try #require(activation["secret"]?.text)
                #expect((Base64URL.decode(secret) ?? Base32.decode(secret) ?? []).count >= 14)
                secrets.insert(secret)
            }
            #expect(secrets.count == 20)
        }

        // R32
        @Test func `a phone sees only its own, and each request counts once`() async throws {
            let (person, phone) = try await world.createUserWithPhone("alice")
            let (_, stranger) = try await world.createUserWithPhone("mallory")
            let prompt = try await world.prompt(person)
            #expect(try await stranger.challenges().isEmpty)
            let old = try await world.prompt(try await world.createUserWithPhone("bob").0)
            var bodies: [[UInt8]] = []
            for id in [prompt.id, old.id, "00000000-0000-4000-8000-000000000000"] {
                let body = Array("{\"decision\":\"deny\",\"signature\":\"AAAA\"}".utf8)
                let reply = try await stranger.request("POST", "/challenges/\(id)/answers", body: body)
                #expect(reply.status == 404)
                bodies.append(Self.withoutRequestID(reply.body))
            }
            #expect(Set(bodies).count == 1)
            let nonce = try await phone.freshNonce()
            #expect(try await phone.request("GET", "/challenges", tampering: Tampering(\.nonce, nonce)).status == 200)
            #expect(try await phone.request("GET", "/challenges", tampering: Tampering(\.nonce, nonce)).status == 401)
            let invented = Base64URL.encode(SystemRandomSource().bytes(56))
            #expect(
                try await phone.request("GET", "/challenges", tampering: Tampering(\.nonce, invented)).status == 401)
        }

        // R33
        @Test func `a removed phone is refused at once, also for a prompt that waits`() async throws {
            let (person, phone) = try await world.createUserWithPhone("carol")
            let prompt = try await world.prompt(person)
            let challenge = try await world.challenge(prompt, on: phone)
            let device = try #require(await phone.identity?.deviceId)
            #expect(try await world.call("DELETE", "/users/\(person.name)/factors/\(device)").status < 300)
            let late = try await refusal { try await phone.answer(challenge, .approve(number: prompt.number)) }
            // R24 h
            #expect(late?.status == 401)
            for call in [
                { _ = try await phone.challenges() }, { try await phone.setPushAddress("https://push.example.org/x") },
                { try await phone.remove() },
            ] as [() async throws -> Void] {
                #expect(try await refusal(of: call)?.status == 401)
            }
            #expect(try await world.signIn(prompt.id)["state"]?.text == "denied")
        }

        @Test func `a phone removes itself`() async throws {
            let (person, phone) = try await world.createUserWithPhone("carol")
            try await phone.setPushAddress("https://push.example.org/carol")
            try await phone.remove()
            let listed = try await world.expect(200, "GET", "/users/\(person.name)/factors")
            #expect(listed["items"]?.items.isEmpty == true)
            #expect(try await world.startPush(for: person)["state"]?.text == "denied")
        }

        // R32: anonymous calls write nothing.
        @Test func `calls of strangers leave no trace in the database`() async throws {
            let phone = try await world.newPhone()
            let before = try await Self.rows(world)
            for _ in 0..<3 { _ = try await phone.freshNonce() }
            for path in ["/challenges", "/nothing", "/device"] {
                let reply = try await phone.send("GET", path, body: [])
                #expect([401, 404, 405].contains(reply.status), "\(path) \(reply.status)")
            }
            #expect(try await Self.rows(world) == before)
        }

        private static func rows(_ world: World) async throws -> Int {
            try await world.number(
                """
                (select count(*) from core.audit_event) + (select count(*) from core.spent_nonce)
                    + (select count(*) from core.factor) + (select count(*) from core.sign_in)
                """)
        }

        private static func withoutRequestID(_ body: [UInt8]) -> [UInt8] {
            guard case .object(var members)? = JSON(parsing: body) else { return body }
            members["requestId"] = nil
            return JSON.object(members).bytes
        }
    }
}

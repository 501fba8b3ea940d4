// SPDX-License-Identifier: Apache-2.0
import DeviceProtocol
import Primitives
import SimulatedPhone
import Testing
import TestKit

extension EndToEnd.Standing {
    /// R35: activations cannot be guessed from the Internet, with the limits as they are delivered.
    @Suite struct ActivationGuessing {
        let world: World

        init() throws { world = try World.current }

        private static let delivered = [
            "activation.wrongPerCode": "5", "activation.wrongPerPerson": "20", "activation.wrongPerAddress": "10",
            "activation.wrongOfAll": "100",
        ]

        /// A minute in which nobody has guessed yet.
        private func pair(_ settings: [String: String] = [:]) async throws -> StrictPair {
            let pair = try await StrictPair(world, softLimit: 5, Self.delivered.merging(settings) { $1 })
            try await forget()
            return pair
        }

        private func forget() async throws { try await world.sql("delete from core.activation_guess") }

        private func alarms() async throws -> Int {
            try await world.number("select count(*) from core.audit_event where event = 'activation.bruteforce'")
        }

        // R35; ten minutes of 10 000 guesses each in `make soak`.
        @Test func `guesses from fifty addresses open nothing, raise the alarm, and leave others alone`() async throws {
            let (minutes, perMinute, live) = Self.scale
            let pair = try await pair()
            var people: [(person: Person, activation: JSON)] = []
            for _ in 0..<live {
                let person = try await world.createUser("guessed")
                people.append((person, try await world.createActivation(for: person)))
            }
            let names = people.map(\.person.name)
            let before = try await alarms()
            let started = ContinuousClock.now
            let end = started + .seconds(60 * minutes)
            let perAddress = try await inParallel(50) { number -> [Int: Int] in
                var statuses: [Int: Int] = [:]
                let guess = PhoneGuess()
                for round in 0..<(perMinute * max(1, minutes) / 50) {
                    let due = started + .milliseconds(round * 50 * 60_000 / perMinute)
                    if minutes > 0 { try? await Task.sleep(until: min(due, end)) }
                    let reply = try await pair.activate(
                        .typed(user: names[(number + round) % names.count], code: PhoneGuess.code()),
                        from: "203.0.113.\(number)", copy: round % 2, by: guess)
                    statuses[reply.status, default: 0] += 1
                }
                return statuses
            }
            let tally = perAddress.reduce(into: [Int: Int]()) { $0.merge($1) { $0 + $1 } }
            #expect(Set(tally.keys).isSubset(of: [401, 429]), "\(tally)")
            // 100 of all, and one more of each address: R94, whatever the number of copies; guesses that were on their
            // way when the limit was reached may have been judged as well.
            #expect((tally[401] ?? 0) <= (100 + 50 + 50) * (minutes + 1), "\(tally)")
            #expect((tally[429] ?? 0) > 0)
            let ids = people.map { "'\($0.person.id)'" }.joined(separator: ",")
            let used = "select count(*) from core.activation where state = 'used' and user_id in (\(ids))"
            #expect(try await world.number(used) == 0)
            #expect(try await alarms() - before >= max(1, minutes - 1))
            // In the same minute, from elsewhere, with a fresh activation and by the typed code.
            let person = try await world.createUser("carol")
            let activation = try await world.createActivation(for: person)
            let code = try #require(activation["code"]?.text)
            let admitted = try await pair.activate(.typed(user: person.name, code: code), from: "198.51.100.77")
            #expect(admitted.status == 201, "\(admitted.text)")
            try await forget()
            try await pair.stop()
        }

        // R35, R94: the budget is one, however many copies are asked at once.
        @Test func `an address has ten wrong activations a minute on two copies together`() async throws {
            let pair = try await pair(["activation.wrongOfAll": "1000"])
            let before = try await alarms()
            let replies = try await inParallel(48) { number in
                try await pair.activate(.secret("guess \(number)"), from: "203.0.113.200", copy: number % 2)
            }
            #expect(tally(replies.map(\.status)) == [401: 10, 429: 38])
            let refused = try #require(replies.first { $0.status == 429 })
            #expect(refused.code == "too_many_requests")
            #expect((1...60).contains(refused.header("retry-after").flatMap { Int($0) } ?? 0))
            #expect(try await alarms() == before + 1)
            // The right secret is not tried there either, and opens from anywhere else.
            let person = try await world.createUser("carol")
            let secret = try #require(try await world.createActivation(for: person)["secret"]?.text)
            #expect(try await pair.activate(.secret(secret), from: "203.0.113.200").status == 429)
            #expect(try await pair.activate(.secret(secret), from: "203.0.113.201", copy: 1).status == 201)
            try await forget()
            try await pair.stop()
        }

        // R35, R21
        @Test func `five wrong codes from anywhere void the code, and the phone beside the person can still scan`()
            async throws
        {
            let pair = try await pair()
            let person = try await world.createUser("carol")
            let activation = try await world.createActivation(for: person)
            let (code, secret) = (
                try #require(activation["code"]?.text), try #require(activation["secret"]?.text)
            )
            for number in 0..<5 {
                let reply = try await pair.activate(
                    .typed(user: person.name, code: PhoneGuess.code()), from: "203.0.113.\(number)", copy: number % 2)
                #expect(reply.status == 401)
            }
            #expect(try await world.auditRows(of: person, event: "activation.code_void") == 1)
            let typed = try await pair.activate(.typed(user: person.name, code: code), from: "198.51.100.1")
            #expect(typed.status == 401)
            #expect(try await pair.activate(.secret(secret), from: "198.51.100.1", copy: 1).status == 201)
            // Fresh codes of the same person do not bring fresh guesses without end.
            for round in 0..<3 {
                _ = try await world.createActivation(for: person)
                for number in 0..<5 {
                    _ = try await pair.activate(
                        .typed(user: person.name, code: PhoneGuess.code()),
                        from: "203.0.113.\(10 + 5 * round + number)", copy: number % 2)
                }
            }
            let last = try await world.createActivation(for: person)
            let right = ActivationCredential.typed(user: person.name, code: try #require(last["code"]?.text))
            #expect(try await pair.activate(right, from: "198.51.100.2").status == 401)
            let scanned = ActivationCredential.secret(try #require(last["secret"]?.text))
            #expect(try await pair.activate(scanned, from: "198.51.100.2").status == 201)
            try await forget()
            try await pair.stop()
        }

        // R35, R19
        @Test func `wrong, late, used, void and unknown are told in the same bytes`() async throws {
            let pair = try await pair()
            var faces: Set<String> = []
            for (number, credential) in try await refused().enumerated() {
                let reply = try await pair.activate(credential, from: "203.0.113.\(number)", copy: number % 2)
                faces.insert(Self.face(of: reply))
            }
            #expect(faces.count == 1, "\(faces)")
            #expect(faces.first?.hasPrefix("401 ") == true)
            try await forget()
            try await pair.stop()
        }

        /// One credential of each kind that opens nothing.
        private func refused() async throws -> [ActivationCredential] {
            let used = try await world.createUser("used")
            let usedActivation = try await world.createActivation(for: used)
            try await world.newPhone().activate(link: try #require(usedActivation["activationURI"]?.text))
            let late = try await world.createUser("late")
            let lateActivation = try await world.createActivation(for: late)
            try await world.sql("update core.activation set expires_at = now() where user_id = '\(late.id)'")
            let void = try await world.createUser("void")
            let voidActivation = try await world.createActivation(for: void)
            let open = try await world.createActivation(for: void)
            let disabled = try await world.createUser("disabled")
            let disabledActivation = try await world.createActivation(for: disabled)
            _ = try await world.expect(200, "PATCH", "/users/\(disabled.name)", ["enabled": false])
            var credentials: [ActivationCredential] = [
                .typed(user: void.name, code: PhoneGuess.code()), .typed(user: void.name, code: "no code"),
                .typed(user: "nobody-at-all", code: try #require(open["code"]?.text)),
                .typed(user: "a\u{7}b", code: PhoneGuess.code()), .secret("unknown"),
            ]
            for (person, activation) in [
                (used, usedActivation), (late, lateActivation), (void, voidActivation), (disabled, disabledActivation),
            ] {
                credentials.append(.secret(try #require(activation["secret"]?.text)))
                credentials.append(.typed(user: person.name, code: try #require(activation["code"]?.text)))
            }
            return credentials
        }

        private static func face(of reply: Reply) -> String {
            let names = reply.headers.map { $0.name.lowercased() }.sorted().joined(separator: ",")
            let id = reply["requestId"]?.text ?? "-"
            return "\(reply.status) \(names) \(reply.text.replacing(id, with: "…"))"
        }

        /// Minutes, guesses a minute and live codes: a burst in `make test`, the requirement's own in `make soak`.
        private static var scale: (minutes: Int, perMinute: Int, live: Int) {
            Workshop.isSoak ? (10, 10_000, 1_000) : (0, 500, 10)
        }
    }
}

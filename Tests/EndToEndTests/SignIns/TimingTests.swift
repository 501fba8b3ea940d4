// SPDX-License-Identifier: Apache-2.0
import DeviceProtocol
import SimulatedPhone
import Synchronization
import Testing
import TestKit

extension EndToEnd.Standing {
    /// R19 by the clock: `make soak` takes 1 000 samples of each case and judges them; otherwise a few show that the
    /// measuring works, since a busy machine would make a judgement of time a matter of luck.
    @Suite struct Timing {
        let world: World

        init() throws { world = try World.current }

        private static let rounds = Workshop.isSoak ? 1_000 : 6
        /// The first ones warm connections and plans.
        private static let warmUp = Workshop.isSoak ? 10 : 2
        /// Failures and wrong codes are taken back before a limit is near, and a passcode is good for longer.
        private static let roundsBetweenResets = 40

        /// One way to be refused.
        private struct Case: Sendable {
            let name: String
            let send: @Sendable () async throws -> Reply
        }

        // R19
        @Test func `six ways to be refused take the same time`() async throws {
            let wrong = try await world.createUserWithToken("wrong")
            let replayed = try await world.createUserWithToken("replayed")
            let locked = try await world.createUserWithToken("locked")
            let disabled = try await world.createUserWithToken("disabled")
            let bare = try await world.createUser("bare")
            let spent = Mutex(try await spend(world.step, of: replayed))
            try await world.sql(
                "update core.factor set delayed_until = now() + interval '1 day' where id = '\(locked.factorID)'")
            _ = try await world.expect(200, "PATCH", "/users/\(disabled.person.name)", ["enabled": false])
            let refused = wrong.wrongPasscode(near: world.step)
            let cases =
                [
                    ("unknown user", "nobody-of-that-name"), ("no factor", bare.name),
                    ("disabled", disabled.person.name),
                    ("locked", locked.person.name), ("wrong code", wrong.person.name),
                ].map { name, user in Case(name: name) { [world] in try await world.check(refused, of: user) } } + [
                    Case(name: "replayed code") { [world] in
                        try await world.check(spent.withLock { $0.passcode }, of: replayed.person.name)
                    }
                ]
            let reset = """
                update core.factor set failures = 0 where id in ('\(wrong.factorID)', '\(replayed.factorID)')
                """
            let samples = try await measure(cases) {
                try await world.sql(reset)
                // The passcode of a step long gone is as wrong as any: what is replayed is spent anew with each step.
                let (step, now) = (spent.withLock { $0.step }, world.step)
                guard now > step else { return }
                let anew = try await spend(now, of: replayed)
                spent.withLock { $0 = anew }
            }
            try await judge(samples, of: cases, bytes: "denied")
            let replays = try await world.auditRows(of: replayed.person, event: "otp.replay")
            #expect(replays == Self.rounds + Self.warmUp)
        }

        private func spend(_ step: UInt64, of token: Token) async throws -> (step: UInt64, passcode: String) {
            let passcode = token.passcode(step: step)
            #expect(try await world.state(of: passcode, by: token.person) == "approved")
            return (step, passcode)
        }

        // R19, R35
        @Test func `refused activations take the same time`() async throws {
            let guess = PhoneGuess()
            func send(_ name: String, _ credential: ActivationCredential) throws -> Case {
                let body = try guess.request(credential, from: "198.51.100.7")
                return Case(name: name) { [world] in
                    try await world.call("POST", "/devices/activations", body, as: "mobile")
                }
            }
            let open = try await world.createUser("open")
            _ = try await world.createActivation(for: open)
            let used = try await world.createUser("used")
            let usedActivation = try await world.createActivation(for: used)
            try await world.newPhone().activate(link: try #require(usedActivation["activationURI"]?.text))
            let late = try await world.createUser("late")
            let lateActivation = try await world.createActivation(for: late)
            try await world.sql("update core.activation set expires_at = now() where user_id = '\(late.id)'")
            let code = PhoneGuess.code()
            let typed = [
                try send("wrong code", .typed(user: open.name, code: code)),
                try send("late code", .typed(user: late.name, code: try #require(lateActivation["code"]?.text))),
                try send("used code", .typed(user: used.name, code: try #require(usedActivation["code"]?.text))),
                try send("unknown user", .typed(user: "nobody-of-that-name", code: code)),
            ]
            let reset = "update core.activation set wrong_codes = 0 where user_id = '\(open.id)'"
            let samples = try await measure(typed) { try await world.sql(reset) }
            try await judge(samples, of: typed, bytes: "unauthenticated")
            let scanned = [
                try send("unknown secret", .secret("unknown")),
                try send("late secret", .secret(try #require(lateActivation["secret"]?.text))),
                try send("used secret", .secret(try #require(usedActivation["secret"]?.text))),
            ]
            try await judge(try await measure(scanned) {}, of: scanned, bytes: "unauthenticated")
            try await world.sql("delete from core.activation_guess")
        }

        // R19: the portal's first step.
        @Test func `refused passwords take the same time`() async throws {
            let wrong = try await world.createUserWithToken("wrong-password")
            let bare = try await world.createUser("bare-password")
            let disabled = try await world.createUserWithToken("disabled-password")
            let people = [wrong.person, bare, disabled.person]
            for person in people {
                _ = try await world.expect(
                    200, "PUT", "/users/\(person.id)/password", ["password": .string(World.password)])
            }
            _ = try await world.expect(200, "PATCH", "/users/\(disabled.person.name)", ["enabled": false])
            let cases = [
                ("unknown user", "nobody-of-that-name", World.password), ("wrong password", wrong.person.name, "wrong"),
                ("no factor", bare.name, World.password), ("disabled", disabled.person.name, World.password),
            ].map { name, user, password in
                Case(name: name) { [world] in
                    try await world.call(
                        "POST", "/portal/sign-ins", ["user": .string(user), "password": .string(password)], as: "portal"
                    )
                }
            }
            let ids = people.map { "'\($0.id)'" }.joined(separator: ",")
            // More often than for passcodes: after a few wrong passwords none is looked at for a while.
            let samples = try await measure(cases, resetsEvery: 3) {
                try await world.sql(
                    """
                    delete from core.password_address;
                    update core."user" set password_failures = 0, password_delayed_until = null where id in (\(ids))
                    """)
            }
            try await judge(samples, of: cases, bytes: "denied")
        }

        /// One sample of each case in turn, in another order each time; `reset` keeps the cases what they are.
        private func measure(
            _ cases: [Case], resetsEvery rounds: Int = roundsBetweenResets, reset: () async throws -> Void
        ) async throws -> [[(Duration, Reply)]] {
            var samples = Array(repeating: [(Duration, Reply)](), count: cases.count)
            for round in 0..<(Self.rounds + Self.warmUp) {
                if round % rounds == 0 { try await reset() }
                for index in cases.indices.shuffled() {
                    let begun = ContinuousClock.now
                    let reply = try await cases[index].send()
                    if round >= Self.warmUp { samples[index].append((ContinuousClock.now - begun, reply)) }
                }
            }
            return samples
        }

        private func judge(_ samples: [[(Duration, Reply)]], of cases: [Case], bytes: String) async throws {
            #expect(samples.allSatisfy { $0.count == Self.rounds })
            let faces = Set(samples.joined().map { Self.face(of: $0.1) })
            #expect(faces.count == 1 && faces.first?.contains(bytes) == true, "\(faces)")
            var table: [String] = []
            for first in cases.indices {
                for second in cases.indices where second > first {
                    let (one, other) = (samples[first].map(\.0), samples[second].map(\.0))
                    let area = Separation.area(one, other)
                    let medians = (Separation.median(one) ?? .zero, Separation.median(other) ?? .zero)
                    let apart = medians.0 > medians.1 ? medians.0 - medians.1 : medians.1 - medians.0
                    table.append(
                        "\(cases[first].name) / \(cases[second].name): \(area), \(medians.0) / \(medians.1)")
                    guard Workshop.isSoak else {
                        #expect((0...1).contains(area))
                        continue
                    }
                    #expect((0.45...0.55).contains(area), "\(table.last ?? "")")
                    #expect(apart < .milliseconds(5), "\(table.last ?? "")")
                }
            }
            try Workshop.write(
                table.joined(separator: "\n") + "\n", to: "\(world.logFolder)/timing-\(cases[1].name).txt", mode: 0o644)
        }

        /// An answer without what must differ: ids and times.
        private static func face(of reply: Reply) -> String {
            var text = reply.text
            for key in ["id", "decidedAt", "requestId"] {
                if let value = reply[key]?.text { text = text.replacing(value, with: "…") }
            }
            return
                "\(reply.status) \(reply.headers.map { $0.name.lowercased() }.sorted().joined(separator: ",")) \(text)"
        }
    }
}

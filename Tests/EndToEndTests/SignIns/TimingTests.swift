// SPDX-License-Identifier: Apache-2.0
import DeviceProtocol
import SimulatedPhone
import Synchronization
import Testing
import TestKit

extension EndToEnd.Standing {
    /// R19 by the clock: `make soak` takes 1 000 samples of each case and judges them; otherwise a few show that each case is
    /// refused in the same bytes and not before its pace, since a busy machine would make any other judgement of time a
    /// matter of luck.
    @Suite struct Timing {
        let world: World

        init() throws { world = try World.current }

        private static let rounds = Workshop.isSoak ? 1_000 : 6
        /// The first ones warm connections and plans.
        private static let warmUp = Workshop.isSoak ? 10 : 2
        /// Failures and wrong codes are taken back before a limit is near, and a passcode is good for longer.
        private static let roundsBetweenResets = 40
        /// No refusal leaves earlier than this after its request came.
        private static let pace = Duration.milliseconds(10)

        /// One way to be refused.
        private struct Case: Sendable {
            typealias Send = @Sendable () async throws -> Reply

            let name: String
            /// Whom a page shows as whoever tried.
            var user = ""
            /// Does what comes before and is not timed, and tells what is.
            let ready: @Sendable () async throws -> Send

            init(name: String, send: @escaping Send) {
                self.name = name
                ready = { send }
            }

            init(name: String, user: String = "", ready: @escaping @Sendable () async throws -> Send) {
                self.name = name
                self.user = user
                self.ready = ready
            }
        }

        /// People with a token, and one without, whose passcodes are refused whatever they are.
        private struct Refused: Sendable {
            let wrong, locked, disabled: Token
            let bare: Person

            /// Each with the reason.
            var names: [(String, String)] {
                [
                    ("unknown user", "nobody-of-that-name"), ("no factor", bare.name),
                    ("disabled", disabled.person.name), ("locked", locked.person.name),
                    ("wrong code", wrong.person.name),
                ]
            }
        }

        private func makeRefused() async throws -> Refused {
            let refused = Refused(
                wrong: try await world.createUserWithToken("wrong"),
                locked: try await world.createUserWithToken("locked"),
                disabled: try await world.createUserWithToken("disabled"), bare: try await world.createUser("bare"))
            try await lock(refused.locked.person)
            _ = try await world.expect(200, "PATCH", "/users/\(refused.disabled.person.name)", ["enabled": false])
            return refused
        }

        private func lock(_ person: Person) async throws {
            try await world.sql(
                "update core.factor set delayed_until = now() + interval '1 day' where user_id = '\(person.id)'")
        }

        // R19
        @Test func `six ways to be refused take the same time`() async throws {
            let people = try await makeRefused()
            let replayed = try await world.createUserWithToken("replayed")
            let spent = Mutex(try await spend(world.step, of: replayed))
            let refused = people.wrong.wrongPasscode(near: world.step)
            let cases =
                people.names.map { name, user in
                    Case(name: name, send: { [world] in try await world.check(refused, of: user) })
                } + [
                    Case(
                        name: "replayed code",
                        send: { [world] in
                            try await world.check(spent.withLock { $0.passcode }, of: replayed.person.name)
                        })
                ]
            let reset = """
                update core.factor set failures = 0 where id in ('\(people.wrong.factorID)', '\(replayed.factorID)')
                """
            let samples = try await measure(cases) {
                try await world.sql(reset)
                // The passcode of a step long gone is as wrong as any: what is replayed is spent anew with each step.
                let (step, now) = (spent.withLock { $0.step }, world.step)
                guard now > step else { return }
                let anew = try await spend(now, of: replayed)
                spent.withLock { $0 = anew }
            }
            try await judge(samples, of: cases, bytes: "denied", in: "passcode")
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
                return Case(
                    name: name,
                    send: { [world] in try await world.call("POST", "/devices/activations", body, as: "mobile") })
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
            try await judge(samples, of: typed, bytes: "unauthenticated", in: "typed")
            let scanned = [
                try send("unknown secret", .secret("unknown")),
                try send("late secret", .secret(try #require(lateActivation["secret"]?.text))),
                try send("used secret", .secret(try #require(usedActivation["secret"]?.text))),
            ]
            try await judge(try await measure(scanned) {}, of: scanned, bytes: "unauthenticated", in: "scanned")
            try await world.sql("delete from core.activation_guess")
        }

        // R19: the second step of a sign-in that asked for a passcode, as it asks everybody.
        @Test func `five ways to be refused in the second step take the same time`() async throws {
            let people = try await makeRefused()
            let refused = people.wrong.wrongPasscode(near: world.step)
            let cases = people.names.map { name, user in
                Case(
                    name: name,
                    ready: { [world] in
                        let started = try await world.call(
                            "POST", "/sign-ins", ["user": .string(user), "factor": "passcode"], as: "integrator")
                        guard let id = started["id"]?.text else { throw TestKitError("No sign-in: \(started.text)") }
                        return {
                            try await world.call(
                                "POST", "/sign-ins/\(id)/answers", ["passcode": .string(refused)], as: "integrator")
                        }
                    })
            }
            let reset = "update core.factor set failures = 0 where id = '\(people.wrong.factorID)'"
            let samples = try await measure(cases) { try await world.sql(reset) }
            try await judge(samples, of: cases, bytes: "pending", in: "second-step")
            #expect(try await world.failures(of: people.wrong) > 0)
        }

        // R19: nobody learns from a refused prompt who has a phone.
        @Test func `five ways to be refused a prompt take the same time`() async throws {
            let bare = try await world.createUser("bare-prompt")
            let (disabled, _) = try await world.createUserWithPhone("disabled-prompt")
            let (locked, _) = try await world.createUserWithPhone("locked-prompt")
            let (fraud, _) = try await world.createUserWithPhone("fraud-prompt")
            _ = try await world.expect(200, "PATCH", "/users/\(disabled.name)", ["enabled": false])
            try await lock(locked)
            try await world.sql(#"update core."user" set prompts_blocked_at = now() where id = '\#(fraud.id)'"#)
            let cases = [
                ("unknown user", Person(name: "nobody-of-that-name", id: "")), ("no phone", bare),
                ("disabled", disabled), ("locked", locked), ("reported fraud", fraud),
            ].map { name, person in Case(name: name, send: { [world] in try await world.startPush(for: person) }) }
            try await judge(try await measure(cases) {}, of: cases, bytes: "denied", in: "prompt")
            for person in [disabled, locked, fraud] {
                #expect(try await world.auditRows(of: person, event: "push.started") == 0)
            }
        }

        /// People whose passwords are refused, each with the reason, a name and a password; `reset` is SQL that keeps it so.
        private func makePasswords() async throws -> (cases: [(String, String, String)], reset: String) {
            let wrong = try await world.createUserWithToken("wrong-password")
            let bare = try await world.createUser("bare-password")
            let disabled = try await world.createUserWithToken("disabled-password")
            let people = [wrong.person, bare, disabled.person]
            for person in people {
                _ = try await world.expect(
                    200, "PUT", "/users/\(person.id)/password", ["password": .string(World.password)])
            }
            _ = try await world.expect(200, "PATCH", "/users/\(disabled.person.name)", ["enabled": false])
            let ids = people.map { "'\($0.id)'" }.joined(separator: ",")
            return (
                [
                    ("unknown user", "nobody-of-that-name", World.password),
                    ("wrong password", wrong.person.name, "wrong"), ("no factor", bare.name, World.password),
                    ("disabled", disabled.person.name, World.password),
                ],
                """
                delete from core.password_address;
                update core."user" set password_failures = 0, password_delayed_until = null where id in (\(ids))
                """
            )
        }

        // R19: the portal's first step.
        @Test func `refused passwords take the same time`() async throws {
            let (passwords, reset) = try await makePasswords()
            let cases = passwords.map { name, user, password in
                Case(
                    name: name,
                    send: { [world] in
                        try await world.call(
                            "POST", "/portal/sign-ins", ["user": .string(user), "password": .string(password)],
                            as: "portal")
                    })
            }
            // More often than for passcodes: after a few wrong passwords none is looked at for a while.
            let samples = try await measure(cases, resetsEvery: 3) { try await world.sql(reset) }
            try await judge(samples, of: cases, bytes: "denied", in: "password")
        }

        // R19: the same by the page that people fill in, each time in a browser that knows nothing.
        @Test func `refused passwords take the same time on the portal's page`() async throws {
            let (passwords, reset) = try await makePasswords()
            let cases = passwords.map { name, user, password in
                Case(
                    name: name, user: user,
                    ready: { [world] in
                        let browser = try await world.newBrowser()
                        let token = try await browser.open("/").hidden("token") ?? ""
                        return {
                            try await browser.post(
                                "/sign-in", ["user": user, "password": password, "token": token])
                        }
                    })
            }
            let samples = try await measure(cases, resetsEvery: 3) { try await world.sql(reset) }
            try await judge(samples, of: cases, bytes: "class=\"alert", in: "page")
        }

        /// One sample of each case in turn, in another order each time; `reset` keeps the cases what they are.
        private func measure(
            _ cases: [Case], resetsEvery rounds: Int = roundsBetweenResets, reset: () async throws -> Void
        ) async throws -> [[(Duration, Reply)]] {
            var samples = Array(repeating: [(Duration, Reply)](), count: cases.count)
            for round in 0..<(Self.rounds + Self.warmUp) {
                if round % rounds == 0 { try await reset() }
                for index in cases.indices.shuffled() {
                    let send = try await cases[index].ready()
                    let begun = ContinuousClock.now
                    let reply = try await send()
                    if round >= Self.warmUp { samples[index].append((ContinuousClock.now - begun, reply)) }
                }
            }
            return samples
        }

        /// - Parameter file: gets the figures, beside the logs.
        private func judge(
            _ samples: [[(Duration, Reply)]], of cases: [Case], bytes: String, in file: String
        ) async throws {
            var faces: Set<String> = []
            for (one, replies) in zip(cases, samples) {
                try #require(replies.count == Self.rounds, "\(one.name): \(replies.count)")
                faces.formUnion(replies.map { Self.face(of: $0.1, to: one.user) })
                // However busy a machine is, it makes nothing earlier: a case that has no pace of its own is seen.
                let earliest = replies.map(\.0).min() ?? .zero
                #expect(earliest >= Self.pace, "\(one.name): \(earliest)")
            }
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
                    guard Workshop.isSoak else { continue }
                    #expect((0.45...0.55).contains(area), "\(table.last ?? "")")
                    #expect(apart < .milliseconds(5), "\(table.last ?? "")")
                }
            }
            try Workshop.write(
                table.joined(separator: "\n") + "\n", to: "\(world.logFolder)/timing-\(file).txt", mode: 0o644)
        }

        /// An answer without what must differ: ids, times, and on a page the form's token and whoever filled it in.
        private static func face(of reply: Reply, to user: String) -> String {
            var text = reply.text.replacing(#/name="token" value="[^"]*"/#, with: "…")
            if !user.isEmpty { text = text.replacing(user, with: "…") }
            for key in ["id", "decidedAt", "expiresAt", "requestId"] {
                if let value = reply[key]?.text { text = text.replacing(value, with: "…") }
            }
            return
                "\(reply.status) \(reply.headers.map { $0.name.lowercased() }.sorted().joined(separator: ",")) \(text)"
        }
    }
}

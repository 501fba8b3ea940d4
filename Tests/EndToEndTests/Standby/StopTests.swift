// SPDX-License-Identifier: Apache-2.0
import Glibc
import SimulatedPhone
import Testing
import TestKit

extension EndToEnd {
    /// One copy of two is told to stop while people have prompts on their phones; it comes back after each scenario.
    @Suite(.world { try await World.running("stops", copies: 2) }, .logsOfTheWorld)
    struct Stops {
        private static let stopMax = Duration.seconds(30)
        let world: World

        init() throws { world = try World.current }

        /// Somebody whose sign-in waits for them.
        private struct Asked: Sendable {
            let person: Person
            let phone: SimulatedPhone
            let prompt: Prompt
        }

        /// A hundred people and their prompts, started through the first copy of sdk-service.
        private func askHundred() async throws -> [Asked] {
            try await inParallel(100, width: 16) { number in
                let person = try await world.createUser("carol", copy: number % 2)
                let phone = try await world.activatePhone(for: person, copy: number % 2, throughSDK: number % 2)
                return Asked(person: person, phone: phone, prompt: try await world.prompt(person))
            }
        }

        /// Callers who wait for all of them at a copy of sdk-service; returns when they do.
        private func wait(for asked: [Asked], copy: Int) async throws -> Task<[String], any Error> {
            let cores = world.copies(of: .core)
            let places = cores.map(\.log.count)
            let waiting = Task {
                try await inParallel(asked.count) { number in
                    let reply = try await world.signIn(asked[number].prompt.id, waitSeconds: 50, copy: copy)
                    return reply["state"]?.text ?? "\(reply.status)"
                }
            }
            // Each one's sign-in is read once; from then on its caller waits in sdk-service.
            try await eventually("all of them wait") {
                zip(cores, places).reduce(0) { count, core in
                    count
                        + core.0.log.lines(since: core.1).count {
                            $0.contains("\"method\":\"GET\"") && $0.contains("/sign-ins/")
                        }
                } >= asked.count
            }
            return waiting
        }

        /// Each phone has one prompt, and the number typed into it approves.
        private func approve(_ asked: [Asked]) async throws -> [String] {
            try await inParallel(asked.count, width: 16) { number in
                let phone = asked[number].phone
                let challenges = try await phone.challenges()
                #expect(challenges.map(\.id) == [asked[number].prompt.id])
                guard let challenge = challenges.first else { return "no prompt" }
                return try await phone.answer(challenge, .approve(number: asked[number].prompt.number))
            }
        }

        private func expectOneDecision(of asked: [Asked]) async throws {
            let ids = asked.map { "'\($0.prompt.id)'" }.joined(separator: ", ")
            let people = asked.map { "'\($0.person.id)'" }.joined(separator: ", ")
            #expect(
                try await world.number(
                    """
                    select count(*) from core.audit_event
                     where sign_in_id in (\(ids)) and event in ('push.approved', 'push.denied', 'push.expired')
                    """) == asked.count)
            #expect(
                try await world.number("select count(*) from core.sign_in where user_id in (\(people))") == asked.count)
        }

        private func expectStop(_ copy: ServiceProcess) async throws {
            let started = ContinuousClock.now
            #expect(try await copy.stop() == 0)
            #expect(ContinuousClock.now - started <= Self.stopMax)
        }

        // R96
        @Test(arguments: [0, 1])
        func `callers hear the decisions that phones give through the other mfa-core`(victim: Int) async throws {
            let asked = try await askHundred()
            let waiting = try await wait(for: asked, copy: 0)
            let core = world.copies(of: .core)[victim]
            let stopping = Task { try await expectStop(core) }
            _ = await core.logs("stopping")
            #expect(tally(try await approve(asked)) == ["approved": asked.count])
            #expect(tally(try await waiting.value) == ["approved": asked.count])
            try await stopping.value
            try await expectOneDecision(of: asked)
            try await core.restart()
            try await world.becomeReady(within: .seconds(20))
        }

        // R96
        @Test func `callers of an sdk-service that stops get the decisions from the other one`() async throws {
            let asked = try await askHundred()
            let waiting = try await wait(for: asked, copy: 0)
            let sdk = world.copies(of: .sdk)[0]
            let stopping = Task { try await expectStop(sdk) }
            // Answered at once with what is known, not cut off.
            #expect(tally(try await waiting.value) == ["pending": asked.count])
            let again = try await wait(for: asked, copy: 1)
            #expect(tally(try await approve(asked)) == ["approved": asked.count])
            #expect(tally(try await again.value) == ["approved": asked.count])
            try await stopping.value
            try await expectOneDecision(of: asked)
            try await sdk.restart()
            try await world.becomeReady(within: .seconds(20))
        }

        // R96
        @Test func `a copy that stops is not ready at once, and a second SIGTERM ends it at once`() async throws {
            let core = world.copies(of: .core)[0]
            let token = try await world.createUserWithToken("bob", "hotp")
            let gate = try GateProxy(to: world.postgres.port)
            defer { gate.stop() }
            // A request that nothing answers holds the stop up.
            let slow = try await world.start(
                .core, apart: true, settings: ["database.url": world.databaseURL("core", port: gate.port)])
            let door = try await world.start(.sdk, apart: true, settings: ["core.urls": "[\(try await slow.url())]"])
            for copy in [slow, door] { try await copy.becomesReady() }
            gate.holdRequests(containing: "sign_in.write_batch")
            let held = Task { try await world.check(token.passcode(counter: 0), of: token.person.name, at: door) }
            try await gate.holdsRequest()
            slow.process.signal(SIGTERM)
            try await eventually("it is not ready", within: .seconds(1)) {
                let ready = try await world.operators("/readyz", of: slow)
                return ready.status == 503 && ready.text.contains("\"draining\":true")
            }
            #expect(slow.process.isRunning)
            slow.process.signal(SIGTERM)
            let started = ContinuousClock.now
            #expect(try await slow.process.end(within: .seconds(5)) == 1)
            #expect(ContinuousClock.now - started < .seconds(1))
            #expect(try await held.value.status == 503)
            gate.cut()
            #expect(try await door.stop() == 0)
            // Nothing was spent.
            #expect(try await world.operators("/readyz", of: core).status == 200)
            #expect(try await world.state(of: token.passcode(counter: 0), by: token.person) == "approved")
        }
    }
}

// SPDX-License-Identifier: Apache-2.0
import SimulatedPhone
import Testing
import TestKit

extension EndToEnd.Faults {
    /// mfa-core dies at the worst moments; another copy goes on.
    @Suite(.world { try await World.installed("crashes") }, .logsOfTheWorld, .serialized)
    struct Crashes {
        let world: World

        init() throws { world = try World.current }

        /// One copy of mfa-core that will die, with gates on both of its sides, and one that goes on.
        private struct Stage {
            let victim: ServiceProcess
            /// Between sdk-service and the victim.
            let front: GateProxy
            /// Between the victim and PostgreSQL.
            let back: GateProxy

            func strike() async throws {
                try await victim.process.kill()
                front.cut()
                back.cut()
            }
        }

        /// sdk-service copy 0 calls the victim, copy 1 the other.
        private func setStage() async throws -> Stage {
            let back = try GateProxy(to: world.postgres.port)
            let victim = try await world.start(
                .core, apart: true, settings: ["database.url": world.databaseURL("core", port: back.port)])
            let survivor = try await world.start(.core, apart: true)
            let front = try GateProxy(to: try await victim.port())
            let doors = [
                try await world.start(.sdk, settings: ["core.urls": "[https://localhost:\(front.port)]"]),
                try await world.start(.sdk, settings: ["core.urls": "[\(try await survivor.url())]"]),
            ]
            for copy in [victim, survivor] + doors { try await copy.becomesReady() }
            return Stage(victim: victim, front: front, back: back)
        }

        /// Makes sdk-service keep open connections to the victim, which need no answer before the next request.
        private func warmUp(copy: Int) async throws {
            try await eventually("all connections are answered by mfa-core") {
                let answers = try await inParallel(12) { _ in
                    try await world.check("not-digits", of: "nobody-of-that-name", copy: copy)
                }
                return answers.allSatisfy { $0.status < 500 }
            }
        }

        private func retire() async throws {
            for copy in world.copies(of: .sdk) { try await copy.stop() }
        }

        // F2, F3
        @Test func `a copy that dies around its commit accepts nothing twice and loses nothing`() async throws {
            let stage = try await setStage()
            let token = try await world.createUserWithToken("bob", "hotp", copy: 1)
            let second = try await world.createUserWithToken("bob", "hotp", copy: 1)
            let caller = Caller(world: world, history: History())

            // F3: the process dies before it could commit.
            try await warmUp(copy: 0)
            let key = Workshop.unique()
            stage.back.holdRequests(containing: "sign_in.write_batch")
            let lost = Task { try await caller.check(token, counter: 0, key: key) }
            try await stage.back.holdsRequest()
            try await stage.strike()
            #expect(try await lost.value == .unknown)
            #expect(try await world.auditRows(of: token.person, event: "otp.ok") == 0)
            #expect(try await world.failures(of: token) == 0)
            try expect("approved", await caller.check(token, counter: 0, copy: 1, key: key))

            // F2: the process dies between its commit and the answer.
            try await stage.victim.restart()
            try await world.copies(of: .sdk)[0].isBack(in: world)
            try await warmUp(copy: 0)
            let lastKey = Workshop.unique()
            stage.front.holdReplies()
            let unheard = Task { try await caller.check(second, counter: 0, key: lastKey) }
            try await eventually("the decision is committed") {
                try await world.auditRows(of: second.person, event: "otp.ok") == 1
            }
            try await stage.strike()
            #expect(try await unheard.value == .unknown)
            try expect("approved", await caller.check(second, counter: 0, copy: 1, key: lastKey))
            try expect("denied", await caller.check(second, counter: 0, copy: 1))
            #expect(try await world.auditRows(of: second.person, event: "otp.ok") == 1)
            try await world.expectInvariants(caller.history, of: [token.person.id, second.person.id])
            try await world.expectChain()
            try await retire()
        }

        private func expect(_ state: String, _ outcome: History.Outcome) throws {
            guard case .told(state, _) = outcome else { throw TestKitError("\(outcome), not \(state)") }
        }

        // R96
        @Test func `a stop answers those who wait at once, and loses no sign-in`() async throws {
            let core = try await world.start(.core, apart: true)
            var copies: [ServiceProcess] = []
            for _ in 0..<2 {
                copies.append(try await world.start(.sdk, settings: ["core.urls": "[\(try await core.url())]"]))
            }
            for copy in [core] + copies { try await copy.becomesReady() }
            let mobile = try await world.start(.mobile, settings: ["sdk.urls": "[\(try await copies[1].url())]"])
            try await mobile.becomesReady()
            let first = world.copies(of: .sdk).count - 2
            let person = try await world.createUser("carol", copy: first)
            let phone = try await world.activatePhone(for: person, throughSDK: first)
            let prompt = try await world.prompt(person, copy: first)
            let waiting = Task {
                try await inParallel(20) { _ in try await world.signIn(prompt.id, waitSeconds: 50, copy: first) }
            }
            // Each one's sign-in was read once; from then on it waits in sdk-service.
            try await eventually("all of them wait") {
                core.log.lines().filter { $0.contains("\"method\":\"GET\"") && $0.contains("/sign-ins/") }.count >= 20
            }
            let stopping = ContinuousClock.now
            #expect(try await copies[0].stop() == 0)
            let answers = try await waiting.value
            #expect(ContinuousClock.now - stopping < .seconds(10))
            #expect(tally(answers.map { $0["state"]?.text ?? "\($0.status)" }) == ["pending": 20])
            #expect(try await world.approve(prompt, on: phone) == "approved")
            #expect(try await world.signIn(prompt.id, copy: first + 1)["state"]?.text == "approved")
            for copy in [mobile, copies[1], core] { #expect(try await copy.stop() == 0) }
        }
    }
}

extension ServiceProcess {
    /// Waits until it is ready after something that it needs was gone.
    func isBack(in world: World) async throws {
        try await eventually("\(name) is ready again", within: .seconds(20)) {
            try await world.operators("/readyz", of: self).status == 200
        }
    }
}

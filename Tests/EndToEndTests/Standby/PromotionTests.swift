// SPDX-License-Identifier: Apache-2.0
import Testing
import TestKit

extension EndToEnd.Standby {
    /// The primary is lost, one way or another, and a synchronous standby takes over.
    @Suite struct Promotion {
        let world: World
        let group: StandbyGroup

        init() throws {
            world = try World.current
            group = try #require(world.group)
        }

        /// 3 of them in `make test`, 100 in `make soak`: `PROMOTIONS`.
        private static var rounds: Int { Workshop.count("PROMOTIONS", or: 3) }

        // R89, R92, F8
        @Test func `a promotion gives no passcode back, and the services find the new primary by themselves`()
            async throws
        {
            var random = SeededRandom(for: "R92, promotions")
            var (after, wrong, slowest) = (0, 0, Duration.zero)
            for round in 1...Self.rounds {
                let load = try await newLoad(counters: 12, clocks: 30)
                let working = Task { try await load.run() }
                // At a moment that nothing in the services knows of.
                let moment = Int.random(in: 40...160, using: &random)
                try await eventually("\(moment) answers") { load.count >= moment }
                try await group.primary.kill()
                let old = try await group.failOver()
                let promoted = ContinuousClock.now
                let recovery = try await load.recovers(since: promoted, run: 50)
                slowest = max(slowest, recovery.at - promoted)
                let goal = recovery.place + 1_050 / Self.rounds + 50
                try await eventually("the load goes on", within: .seconds(60)) { load.count >= goal }
                load.end()
                try await working.value
                let rest = load.answers[recovery.place...]
                after += rest.count
                wrong += rest.count { !$0.isRight }
                try await nothingIsAcceptedAgain(load, "round \(round), killed after \(moment) answers")
                try await group.replace(old)
            }
            #expect(slowest <= .seconds(30))
            // 99.9 %, and enough of them to tell.
            #expect(after >= 1_000 && wrong * 1_000 <= after, "\(wrong) of \(after)")
            try Workshop.write(
                "\(Self.rounds) promotions, the slowest recovery \(slowest), \(wrong) of \(after) wrong afterwards\n",
                to: "\(world.logFolder)/promotions.txt")
        }

        // R92
        @Test func `a primary that becomes a standby is left for the new one`() async throws {
            let load = try await newLoad(counters: 8, clocks: 10)
            let working = Task { try await load.run() }
            try await eventually("the load runs") { load.count >= 40 }
            try await group.primary.stop(.fast)
            let old = try await group.failOver()
            let promoted = ContinuousClock.now
            // Back before the services have found the other one, and the first in their list.
            try await group.replace(old)
            #expect(try await load.recovers(since: promoted, run: 200).at - promoted <= .seconds(30))
            load.end()
            try await working.value
            try await nothingIsAcceptedAgain(load)
        }

        // R88, R92
        @Test func `with nothing but standbys no copy is ready and nobody is let in`() async throws {
            let tokens = try await inParallel(10) { _ in try await world.createUserWithToken("bob", "hotp") }
            try await group.primary.kill()
            try await world.becomeUnready(within: .seconds(5))
            let replies = try await inParallel(100) { number in
                try await world.check(
                    tokens[number % 10].passcode(counter: UInt64(number / 10)), of: tokens[number % 10].person.name,
                    copy: number % 2)
            }
            #expect(tally(replies.map(\.status)) == [503: 100])
            let old = try await group.failOver()
            try await world.becomeReady(within: .seconds(30))
            for token in tokens {
                #expect(try await world.failures(of: token) == 0)
                #expect(try await world.state(of: token.passcode(counter: 0), by: token.person) == "approved")
            }
            try await group.replace(old)
        }

        // R92, F10
        @Test func `a primary that slept through the promotion commits nothing any more`() async throws {
            let tokens = try await inParallel(20) { _ in try await world.createUserWithToken("bob", "hotp") }
            let load = try await newLoad(counters: 8, clocks: 10)
            let working = Task { try await load.run() }
            try await eventually("the load runs") { load.count >= 40 }
            try await group.primary.pause()
            let old = try await group.failOver()
            let promoted = ContinuousClock.now
            #expect(try await load.recovers(since: promoted, run: 100).at - promoted <= .seconds(30))
            try await old.resume()
            // These two know no other server than the old primary, which takes writes still, as it thinks.
            let stray = try await world.start(
                .core, apart: true, settings: ["database.url": world.databaseURL("core", ports: [old.port])])
            let door = try await world.start(
                .sdk, apart: true,
                settings: [
                    "database.url": world.databaseURL("sdk", ports: [old.port]),
                    "core.urls": "[\(try await stray.url())]",
                ])
            for copy in [stray, door] { try await copy.becomesReady() }
            let refused = try await inParallel(tokens.count) { number in
                try await world.check(tokens[number].passcode(counter: 0), of: tokens[number].person.name, at: door)
            }
            #expect(tally(refused.map(\.status)) == [503: tokens.count])
            let place = load.count
            try await eventually("the load goes on", within: .seconds(60)) { load.count >= place + 100 }
            load.end()
            try await working.value
            for copy in [stray, door] { try await copy.process.kill() }
            try await old.kill()
            try await world.becomeReady(within: .seconds(30))
            for token in tokens {
                #expect(try await world.failures(of: token) == 0)
                #expect(try await world.state(of: token.passcode(counter: 0), by: token.person) == "approved")
                #expect(try await world.state(of: token.passcode(counter: 0), by: token.person) == "denied")
            }
            try await nothingIsAcceptedAgain(load)
            try await group.replace(old)
        }

        private func newLoad(counters: Int, clocks: Int) async throws -> PasscodeLoad {
            try await PasscodeLoad(
                world,
                counters: inParallel(counters) { try await world.createUserWithToken("bob", "hotp", copy: $0 % 2) },
                clocks: inParallel(clocks) { try await world.createUserWithToken("alice", copy: $0 % 2) })
        }

        /// Every passcode that was accepted was accepted once, has its audit row, and is refused now; the audit's chain goes
        /// on at the new primary as the old one left it (I4).
        private func nothingIsAcceptedAgain(_ load: PasscodeLoad, _ what: String = "") async throws {
            try await world.expectInvariants(load.history, of: load.people, what)
            let approvals = load.approvals
            #expect(!approvals.isEmpty && approvals.values.allSatisfy { $0 == 1 }, "\(what)")
            // Their window is open still, or refusing them would show nothing.
            #expect(world.step <= load.step + 1, "\(what)")
            let people = Dictionary(grouping: approvals.keys, by: \.person)
            try await withThrowingTaskGroup(of: Void.self) { tasks in
                for (name, passcodes) in people {
                    let fresh = load.fresh(of: name)
                    let spent = passcodes.filter { !fresh.contains($0.text) }
                    tasks.addTask { try await expectRefusals(of: spent, by: name, what) }
                }
                try await tasks.waitForAll()
            }
            try await world.expectChain(what)
        }

        private func expectRefusals(
            of passcodes: [PasscodeLoad.Passcode], by name: String, _ what: String
        ) async throws {
            let rows = try await world.number(
                """
                select count(*) from core.audit_event e join core."user" u on u.id = e.user_id
                 where u.username = '\(name)' and e.event = 'otp.ok'
                """)
            #expect(rows >= passcodes.count, "\(what): \(name)")
            for (number, passcode) in passcodes.enumerated() {
                let reply = try await world.check(passcode.text, of: name, copy: number % 2)
                #expect(reply["state"]?.text == "denied", "\(what): \(name) \(reply.status)")
                // Below the cap, at which right passcodes would be refused too (R15).
                if number % 50 == 49 { _ = try await world.expect(200, "POST", "/users/\(name)/unlock") }
            }
            _ = try await world.expect(200, "POST", "/users/\(name)/unlock")
        }
    }
}

extension World {
    /// An integrator asks a certain copy of sdk-service whether a passcode is right.
    func check(_ passcode: String, of user: String, at copy: ServiceProcess) async throws -> Reply {
        let body: JSON = ["user": .string(user), "factor": "passcode", "passcode": .string(passcode)]
        return try await web.send(
            "POST", "\(try await copy.url())/api/v1/sign-ins",
            headers: [
                ("Authorization", World.basic(try account("integrator"))), ("Content-Type", "application/json"),
            ], body: body.bytes)
    }
}

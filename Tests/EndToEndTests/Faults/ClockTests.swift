// SPDX-License-Identifier: Apache-2.0
import Primitives
import SimulatedPhone
import Testing
import TestKit

extension EndToEnd.Faults {
    /// Clocks that jump and drift: of one copy of mfa-core, of the database alone, of all (libfaketime).
    ///
    /// Every program starts at the right time and the whole world is then moved more than a day ahead, so that one clock
    /// alone can be put back as well as forward.
    @Suite(.world { try await World.withClocks("clocks") }, .logsOfTheWorld, .serialized)
    struct Clocks {
        private static let ahead = 90_000
        /// How far one clock jumps: a day, and in `make soak` an hour too, by which less looks wrong.
        private static let jumps = [86_400, -86_400] + (Workshop.isSoak ? [-3_600] : [])
        private let world: World
        private let database: FakeClock
        /// That of everything but mfa-core and the database.
        private let others: FakeClock
        private let cores: [FakeClock]

        init() throws {
            world = try World.current
            database = try #require(world.databaseClock)
            others = try #require(world.clock)
            cores = try (0..<2).map { try World.current.newClock(ofCore: $0) }
            for clock in [database, others] { try clock.advance(seconds: -clock.secondsAhead) }
            try advanceAll(by: Self.ahead)
        }

        private func advanceAll(by seconds: Int) throws {
            for clock in [database, others] + cores { try clock.advance(seconds: seconds) }
        }

        /// All copies have seen what time it is now. sdk-service learns the database's at most two seconds later, and until
        /// then names a time at which its callers will be gone that may be over already (R97).
        private func settle() async throws {
            try await world.becomeReady(within: .seconds(20))
            for copy in world.copies(of: .sdk).indices {
                try await eventually("sdk-service has seen the time") {
                    try await world.check("000000", of: "nobody-of-that-name", copy: copy).status == 200
                }
            }
        }

        /// The copy of sdk-service that asks this copy of mfa-core alone.
        private func door(of core: Int) -> Int { core + 2 }

        private func isReady(_ number: Int) async throws -> Bool {
            try await world.operators("/readyz", of: world.copies(of: .core)[number]).status == 200
        }

        // R93, F26
        @Test(arguments: jumps)
        func `R93 one copy's clock jumps under load, and that copy evaluates nothing`(jump: Int) async throws {
            try await settle()
            try await Scenario.play("R93 \(jump) s", in: world, newcomers: false) { scenario in
                try cores[0].advance(seconds: jump)
                let jumped = ContinuousClock.now
                let token = try await world.createUserWithToken("alice", copy: door(of: 1))
                let step = world.step
                // By the copy's own clock this is the passcode of now.
                let odd = token.passcode(step: UInt64(Int(world.now.seconds) + jump) / 30)
                for code in [odd, token.passcode(step: step)] {
                    #expect(try await world.check(code, of: token.person.name, copy: door(of: 0)).status == 503)
                }
                try await eventually("the copy leaves service", within: jumped + .seconds(5) - .now) {
                    try await world.operators("/readyz", of: world.copies(of: .core)[0]).text.contains("clock_skew")
                }
                let before = try await evaluations(by: 0)
                #expect(try await world.failures(of: token) == 0)
                let reply = try await world.check(
                    token.passcode(step: step), of: token.person.name, copy: door(of: 1))
                #expect(reply["state"]?.text == "approved", "\(reply.text)")
                let place = scenario.history.answered
                try await eventually("the other copy serves everybody", within: .seconds(30)) {
                    scenario.history.answered >= place + 40
                }
                #expect(try await evaluations(by: 0) == before)
                try cores[0].advance(seconds: -jump)
                scenario.faultEnded()
                try await eventually("it comes back", within: .seconds(10)) { try await isReady(0) }
                // What was spent is spent on either copy.
                for copy in 0..<2 {
                    let again = try await world.check(
                        token.passcode(step: step), of: token.person.name, copy: door(of: copy))
                    #expect(again["state"]?.text == "denied", "\(again.text)")
                }
            }
            try await expectNoFutureSteps()
        }

        // R93, F26
        @Test(arguments: jumps)
        func `R93 the database's clock jumps alone, and nobody is let in, late or forgotten by it`(
            jump: Int
        ) async throws {
            try await settle()
            try await Scenario.play("R93 database \(jump) s", in: world, newcomers: false) { scenario in
                let token = try await world.createUserWithToken("alice", copy: door(of: 0))
                let (person, phone) = try await world.createUserWithPhone("carol")
                let prompt = try await world.prompt(person)
                let challenge = try await world.challenge(prompt, on: phone)
                let step = world.step
                // By the database's clock this is the passcode of now.
                let odd = token.passcode(step: UInt64(Int(world.now.seconds) + jump) / 30)
                try database.advance(seconds: jump)
                for copy in 0..<2 {
                    for code in [odd, token.passcode(step: step)] {
                        #expect(try await world.check(code, of: token.person.name, copy: door(of: copy)).status == 503)
                    }
                    try await eventually("both copies leave service") {
                        try await world.operators("/readyz", of: world.copies(of: .core)[copy]).text
                            .contains("clock_skew")
                    }
                }
                let refused = try await refusal {
                    _ = try await phone.answer(challenge, .approve(number: prompt.number))
                }
                #expect(refused?.status == 503, "\(String(describing: refused))")
                try await askInVain(scenario)
                let before = try await evaluations(by: 0) + evaluations(by: 1)
                try await askInVain(scenario)
                #expect(try await evaluations(by: 0) + evaluations(by: 1) == before)
                #expect(try await world.failures(of: token) == 0)
                try database.advance(seconds: -jump)
                scenario.faultEnded()
                try await settle()
                #expect(try await world.state(of: odd, by: token.person) == "denied")
                #expect(try await world.state(of: token.passcode(step: world.step), by: token.person) == "approved")
                #expect(try await world.approve(prompt, on: phone) == "approved")
            }
            try await expectNoFutureSteps()
        }

        /// Returns when many more people have asked and nobody of them was told anything.
        private func askInVain(_ scenario: Scenario) async throws {
            let asked = scenario.history.operations.count
            let told = { scenario.history.operations.dropFirst(asked).compactMap(\.outcome) }
            try await eventually("people ask in vain", within: .seconds(60)) { told().count >= 30 }
            #expect(told().allSatisfy { $0 == .unknown }, "\(told())")
        }

        /// Passcodes that a copy has looked at, as the audit names it.
        private func evaluations(by core: Int) async throws -> Int {
            let pid = world.copies(of: .core)[core].process.pid
            return try await world.number(
                "select count(*) from core.audit_event where event like 'otp.%' and instance like '%:\(pid)'")
        }

        private func expectNoFutureSteps() async throws {
            let last = try await world.number("select max(last_step) from core.factor where kind = 'totp'")
            #expect(last <= Int(world.step) + 1)
        }

        // R93, F26: 30 ppm are 108 ms in an hour.
        @Test func `R93 a clock that is slewed or a second off changes nothing`() async throws {
            try await settle()
            try await Scenario.play("R93 smear", in: world, newcomers: false) { scenario in
                let begun = scenario.history.operations.count
                for milliseconds in stride(from: 0, through: 108, by: 18) + [500, 999] {
                    try cores[0].drift(milliseconds: milliseconds)
                    let place = scenario.history.answered
                    try await eventually("people go on") { scenario.history.answered >= place + 4 }
                }
                // A leap second that one machine takes and the others do not.
                try cores[0].drift(milliseconds: 0)
                try cores[0].advance(seconds: -1)
                let place = scenario.history.answered
                try await eventually("people go on") { scenario.history.answered >= place + 40 }
                try cores[0].advance(seconds: 1)
                scenario.faultEnded()
                let told = scenario.history.operations.dropFirst(begun).compactMap(\.outcome)
                #expect(!told.contains(.unknown))
                #expect(try await isReady(0))
            }
            try await expectNoFutureSteps()
        }

        // R93, F26
        @Test func `R93 all clocks jump ahead and back, and nobody is locked out for long`() async throws {
            try await settle()
            try await Scenario.alone("R93 +90 s", in: world, .init(counters: 1, clocks: 3, phones: 0)) { scenario in
                let tokens = scenario.cast.clocks
                try advanceAll(by: 90)
                try await settle()
                let there = world.step
                for token in tokens { try await expect("approved", scenario, token, there + 1) }
                try advanceAll(by: -90)
                try await settle()
                for token in tokens { try await expect("denied", scenario, token, there + 1) }
                // Counters know nothing of the time.
                guard case .told("approved", _) = try await scenario.caller.check(scenario.cast.counters[0], counter: 0)
                else { throw TestKitError("A counter was refused for the time.") }
                try advanceAll(by: 120)
                try await settle()
                for token in tokens { try await expect("approved", scenario, token, max(world.step, there + 2)) }
            }
            try await expectNoFutureSteps()
        }

        private func expect(
            _ state: String, _ scenario: Scenario, _ token: Token, _ step: UInt64
        ) async throws {
            let outcome = try await scenario.caller.check(token, step: step)
            guard case .told(state, _) = outcome else { throw TestKitError("\(step): \(outcome), not \(state)") }
        }
    }
}

extension World {
    /// Two copies of mfa-core, each by a clock of its own. The first two copies of sdk-service ask both of them, the
    /// others one each.
    static func withClocks(_ name: String) async throws -> World {
        var plan = World.Plan()
        plan.hasOwnClock = true
        plan.databaseHasOwnClock = true
        // A prompt outlives what else happens meanwhile, however slow the machine is.
        plan.core = patientLimits.merging(["push.timeoutSeconds": "600"]) { $1 }
        let world = try await installed(name, plan)
        do {
            for number in 0..<2 {
                try await world.start(.core, environment: try world.newClock(ofCore: number).environment)
            }
            for _ in 0..<2 { try await world.start(.sdk) }
            for core in world.copies(of: .core) {
                try await world.start(.sdk, settings: ["core.urls": "[\(try await core.url())]"])
            }
            try await world.start(.mobile)
            for copy in world.allCopies { try await copy.becomesReady() }
            return world
        } catch {
            await world.close()
            throw error
        }
    }

    /// The clock of a copy of mfa-core, at the right time.
    fileprivate func newClock(ofCore number: Int) throws -> FakeClock {
        try FakeClock(file: "\(folder)/clock-of-core-\(number)")
    }
}

// SPDX-License-Identifier: Apache-2.0
import Postgres
import SimulatedPhone
import Testing
import TestKit

extension EndToEnd.Faults.Lines {
    // R22, R88, F6
    @Test(arguments: [OwnPostgres.StopMode.fast, .immediate])
    func `F6 PostgreSQL restarts under load, and nothing counts against anybody`(
        mode: OwnPostgres.StopMode
    ) async throws {
        try await Scenario.play("F6 \(mode)", in: world) { scenario in
            try await world.postgres.restart(mode)
            scenario.faultEnded()
            try await world.becomeReady(within: .seconds(10))
        }
    }

    // R88, F7
    @Test func `F7 PostgreSQL is killed, nobody is let in, and it recovers`() async throws {
        try await Scenario.play("F7", in: world) { scenario in
            try await world.postgres.kill()
            let dead = ContinuousClock.now
            try await world.becomeUnready(within: .seconds(5))
            let told = { scenario.history.operations.filter { $0.invoked > dead && $0.ended != nil } }
            try await eventually("people are refused") { told().count >= 100 }
            // A minute in `make soak`: `OUTAGE`. Otherwise what has happened by now is enough.
            if Workshop.isSoak {
                try await Task.sleep(for: dead + .seconds(Workshop.count("OUTAGE", or: 60)) - .now)
            }
            #expect(told().allSatisfy { $0.state == nil }, "\(tally(told().compactMap(\.state)))")
            try await world.postgres.start()
            scenario.faultEnded()
            try await world.becomeReady(within: .seconds(10))
        }
    }

    // R90, F12
    @Test func `F12 the answer to a commit is lost, and nobody is told of success`() async throws {
        try await alone("F12", .init(counters: 8, clocks: 0, phones: 0)) { scenario in
            let settled = try await world.metric("mfa_commit_settled_total")
            for (number, token) in scenario.cast.counters.enumerated() {
                for line in try lines("database") { line.loseReply(to: "sign_in.write_batch") }
                let key = Workshop.unique()
                // One of the two copies is asked, and which one is the door's own affair; without a key it asks no other.
                #expect(try await scenario.caller.check(token, counter: 0, copy: number % 2) == .unknown)
                try heal("database")
                let next = try await scenario.caller.check(token, counter: 1, copy: number % 2, key: key)
                guard case .told("approved", _) = next else { throw TestKitError("The next passcode: \(next)") }
                guard case .told("denied", _) = try await scenario.caller.check(token, counter: 0) else {
                    throw TestKitError("A passcode whose commit was lost was not spent.")
                }
            }
            #expect(try await world.metric("mfa_commit_settled_total") >= settled + 8)
        }
    }

    // R90, F13
    @Test func `F13 a wait for the standby is cancelled, and that is no success`() async throws {
        try await alone("F13", .init(counters: 1, clocks: 0, phones: 0)) { scenario in
            let token = scenario.cast.counters[0]
            let settled = try await world.metric("mfa_commit_settled_total")
            let places = world.copies(of: .core).map(\.log.count)
            try await world.postgres.set("synchronous_standby_names", to: "standby_that_is_not_there")
            try await eventually("the setting holds") {
                try await world.sql("show synchronous_standby_names").first?.text("synchronous_standby_names") != ""
            }
            let waiting = Task { try await scenario.caller.check(token, counter: 0) }
            try await eventually("a commit waits for its standby, and is cancelled") {
                try await world.number(
                    """
                    select count(*) from (select pg_cancel_backend(pid) from pg_stat_activity
                     where wait_event = 'SyncRep' and usename = 'mfa_core') c
                    """) > 0
            }
            #expect(try await waiting.value == .unknown)
            try await eventually("it is settled") { try await world.metric("mfa_commit_settled_total") > settled }
            let told = zip(world.copies(of: .core), places).flatMap { $0.0.log.lines(since: $0.1) }
            #expect(told.contains { $0.contains("the outcome of a commit was unknown") })
            try await world.postgres.set("synchronous_standby_names", to: nil)
            try await world.becomeReady(within: .seconds(15))
            guard case .told("approved", _) = try await scenario.caller.check(token, counter: 1) else {
                throw TestKitError("The next passcode was not taken.")
            }
        }
    }

    // F15
    @Test func `F15 five hundred at one person, a locked table and a deadlock`() async throws {
        try await alone("F15, one person", .init(counters: 1, clocks: 0, phones: 0)) { scenario in
            let token = scenario.cast.counters[0]
            let told = try await inParallel(500) { number in
                let outcome = try await scenario.caller.check(token, counter: UInt64(number % 5), copy: number % 2)
                if case .told(let state, _) = outcome { return state }
                return "\(outcome)"
            }
            // Counters may be taken out of order, and some come too late; one is taken at least.
            #expect((1...5).contains(tally(told)["approved"] ?? 0), "\(tally(told))")
            #expect(Set(told).isSubset(of: ["approved", "denied", "unknown"]), "\(tally(told))")
        }
        try await Scenario.play("F15, locked table", in: world) { scenario in
            try await world.sql(
                "begin; lock table core.factor in access exclusive mode; select pg_sleep(3); commit")
        }
        try await alone("F15, deadlock", .init(counters: 1, clocks: 0, phones: 0)) { scenario in
            let token = scenario.cast.counters[0]
            async let session: Void = lockCrosswise(token)
            try await eventually("the other session holds its first lock") {
                try await world.number("select count(*) from pg_stat_activity where wait_event = 'PgSleep'") > 0
            }
            var outcome = try await scenario.caller.check(token, counter: 0)
            try await session
            // A second run may take the person's lock before the other session has woken up, and give way once more; then
            // the caller is told to try again, and nothing was spent.
            if outcome == .unknown { outcome = try await scenario.caller.check(token, counter: 0) }
            guard case .told("approved", _) = outcome else { throw TestKitError("After a deadlock: \(outcome)") }
            #expect(try await world.failures(of: token) == 0)
            #expect(try await world.postgres.log().contains("deadlock detected"))
        }
    }

    /// Locks factor and person in the other order than mfa-core does, and leaves it to that one to give way.
    private func lockCrosswise(_ token: Token) async throws {
        try await world.sql(
            """
            set deadlock_timeout = '60s'; begin;
            select 1 from core.factor where id = '\(token.factorID)' for update; select pg_sleep(0.6);
            select 1 from core."user" where id = '\(token.person.id)' for update; commit
            """)
    }
}

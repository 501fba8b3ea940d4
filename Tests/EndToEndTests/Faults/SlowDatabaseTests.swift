// SPDX-License-Identifier: Apache-2.0
import Glibc
import Postgres
import Primitives
import SimulatedPhone
import Testing
import TestKit

extension EndToEnd.Faults.Lines {
    /// No caller waits longer than this, whatever the database does: sdk-service gives up after ten seconds.
    private static let answerMax = Duration.seconds(12)

    // R97, F14
    @Test func `F14 a slow database and one that stands still delay nobody for long`() async throws {
        try await Scenario.play("F14", in: world) { scenario in
            let begun = scenario.history.operations.count
            for delay in [Duration.milliseconds(50), .seconds(5)] {
                for line in try lines("database") { line.inject(.delay(delay)) }
                let place = scenario.history.operations.count
                try await eventually("people go on asking", within: .seconds(30)) {
                    scenario.history.operations.count >= place + 30
                }
            }
            try heal("database")
            try await world.becomeReady(within: .seconds(20))
            try await world.postgres.pause()
            let stalled = ContinuousClock.now
            let paused = scenario.history.operations.count
            try await eventually("people ask in vain", within: .seconds(30)) {
                scenario.history.operations.dropFirst(paused).count { $0.outcome == .unknown } >= 30
            }
            // Half a minute in `make soak`; otherwise what has happened by now is enough.
            if Workshop.isSoak { try await Task.sleep(for: stalled + .seconds(30) - .now) }
            let held = world.resourceViolations()
            #expect(held.isEmpty, "\(held)")
            try await world.postgres.resume()
            scenario.faultEnded()
            try await world.becomeReady(within: .seconds(20))
            for operation in scenario.history.operations.dropFirst(begun) {
                // A caller that waits for a person does so on purpose.
                if case .look = operation.act { continue }
                guard let ended = operation.ended else { continue }
                #expect(ended - operation.invoked <= Self.answerMax, "\(operation.act)")
            }
        }
        try await alone("F14, lock holder", .init(counters: 4, clocks: 0, phones: 0)) { scenario in
            let tokens = scenario.cast.counters
            async let holder = world.sql(
                """
                begin; select 1 from core."user" where id = '\(tokens[0].person.id)' for update;
                select pg_sleep(4); commit
                """)
            try await eventually("somebody holds the lock") {
                try await world.number("select count(*) from pg_stat_activity where wait_event = 'PgSleep'") > 0
            }
            let held = ContinuousClock.now
            let blocked = Task { try await scenario.caller.check(tokens[0], counter: 0) }
            for token in tokens.dropFirst() {
                guard case .told("approved", _) = try await scenario.caller.check(token, counter: 0) else {
                    throw TestKitError("One person's lock held up another one.")
                }
            }
            #expect(ContinuousClock.now - held < .seconds(2))
            #expect(try await blocked.value == .unknown)
            #expect(ContinuousClock.now - held < .seconds(4))
            _ = try await holder
            guard case .told("approved", _) = try await scenario.caller.check(tokens[0], counter: 0) else {
                throw TestKitError("A passcode that was refused for a lock was counted or spent.")
            }
        }
    }

    // R98, F16
    @Test func `F16 no connection is left, and the services say so`() async throws {
        let password = Hex.encode(SystemRandomSource().bytes(8))
        try await world.sql("drop role if exists hog; create role hog login password '\(password)'")
        let configuration = PostgresConfiguration(
            url: "postgresql://hog@127.0.0.1:\(world.postgres.port)/postgres?sslmode=disable",
            password: SecretBytes(utf8: password), applicationName: "hog")
        try await Scenario.play("F16", in: world) { scenario in
            let cores = world.copies(of: .core)
            for core in cores { core.process.signal(SIGSTOP) }
            try await world.sql("select pg_terminate_backend(pid) from pg_stat_activity where usename = 'mfa_core'")
            let hogs = (0..<100).map { _ in
                Task {
                    // Whoever finds no room tries again until nobody finds any: every try holds a place for a moment,
                    // one of those for administrators too.
                    while !Task.isCancelled {
                        _ = try? await PlainSession.open(configuration) { session in
                            try session.run("select pg_sleep(120)")
                        }
                        try? await Task.sleep(for: .milliseconds(50))
                    }
                }
            }
            // All 90 places but the three of administrators, and the one that asks. A place that a refused try holds for a
            // moment is none: a service could have it a moment later.
            try await eventually("every place is taken for good", within: .seconds(30)) {
                let taken =
                    "select count(*) from pg_stat_activity where backend_type = 'client backend' and state is not null"
                return (try? await world.number(taken)) ?? 0 >= 88
            }
            for hog in hogs { hog.cancel() }
            for core in cores { core.process.signal(SIGCONT) }
            for core in cores {
                try await eventually("\(core.name) is not ready", within: .seconds(10)) {
                    let reply = try await world.operators("/readyz", of: core)
                    return reply.status == 503 && reply.text.contains("database_unavailable")
                }
                #expect(try await world.operators("/livez", of: core).status == 200)
            }
            // The connections that are set aside for administrators.
            try await eventually("an administrator gets in") {
                (try? await world.number("select count(*) from pg_stat_activity where usename = 'hog'")) ?? 0 >= 10
            }
            let end = "select pg_terminate_backend(pid) from pg_stat_activity where usename = 'hog'"
            try await eventually("they are gone") { (try? await world.sql(end))?.isEmpty ?? false }
            scenario.faultEnded()
            for hog in hogs { await hog.value }
            try await world.becomeReady(within: .seconds(20))
        }
        try await world.sql("drop role hog")
    }
}

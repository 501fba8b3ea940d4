// SPDX-License-Identifier: Apache-2.0
import Foundation
import Glibc
import Postgres
import Testing
import TestKit

extension EndToEnd.Faults {
    /// R100: any process dies at any moment, again and again.
    @Suite(
        .world {
            var plan = World.Plan()
            plan.core = World.patientLimits
            return try await World.running("deaths", copies: 2, plan)
        }, .logsOfTheWorld, .serialized)
    struct AnyDeath {
        /// Deaths after which the work is checked, and new people come.
        private static let batch = 25
        private let world: World

        init() throws { world = try World.current }

        /// 20 in `make test`, 10 000 in `make soak`: `KILLS`.
        private static var deaths: Int { Workshop.count("KILLS", or: 20) }

        // R100
        @Test func `R100 whatever process is killed at whatever moment, all invariants hold`() async throws {
            var done = 0
            while done < Self.deaths {
                let count = min(Self.batch, Self.deaths - done)
                // Of a long run only the files of the last deaths are worth keeping.
                world.emptyLogs()
                try await Scenario.play(
                    "R100, deaths \(done + 1) to \(done + count)", in: world, .init(counters: 5, clocks: 3, phones: 3)
                ) { scenario in
                    // Of the batch's own seed: `SEED` and `KILLS=25` make the same batch again.
                    var random = scenario.random.branch(2_000)
                    var rest = count
                    while rest > 0 { rest -= try await killSomebody(in: scenario, atMost: rest, &random) }
                    try await world.becomeReady(within: .seconds(30))
                }
                done += count
            }
        }

        /// - Returns: how many deaths it was.
        private func killSomebody(
            in scenario: Scenario, atMost rest: Int, _ random: inout SeededRandom
        ) async throws -> Int {
            switch Int.random(in: 0..<100, using: &random) {
            case 0..<3:
                try await world.postgres.kill()
                try await world.postgres.start()
                scenario.faultEnded()
                return 1
            case 3..<8:
                // One session of the database, at which the server starts all of them anew.
                let pids = try await world.sql(
                    "select pid from pg_stat_activity where usename in ('mfa_core', 'mfa_sdk') order by pid"
                ).map { Int32(try $0.integer("pid")) }
                guard let victim = pids.randomElement(using: &random) else { return 1 }
                Glibc.kill(victim, SIGKILL)
                // Until the server has collected the session, it answers as if nothing had been.
                try await eventually("PostgreSQL is back") {
                    guard Glibc.kill(victim, 0) != 0 else { return false }
                    return (try? await world.number("1")) == 1
                }
                scenario.faultEnded()
                return 1
            default:
                // Up to three programs at one moment: both copies of one service may be among them.
                let count = min(rest, Int.random(in: 1...3, using: &random))
                let victims = Array(world.allCopies.shuffled(using: &random).prefix(count))
                let place = victims[0].log.count + Int.random(in: 0...60, using: &random)
                // Some programs say little; then it is time that passes.
                _ = await victims[0].log.line(since: place, within: .milliseconds(300)) { _ in true }
                try await together(victims) { try await $0.process.kill() }
                // From here on they start.
                scenario.faultEnded()
                try await together(victims) { try await $0.restart() }
                return victims.count
            }
        }

        private func together(
            _ victims: [ServiceProcess], _ act: @escaping @Sendable (ServiceProcess) async throws -> Void
        ) async throws {
            try await withThrowingTaskGroup { group in
                for victim in victims { group.addTask { try await act(victim) } }
                try await group.waitForAll()
            }
        }
    }
}

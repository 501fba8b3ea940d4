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
                    for _ in 0..<count { try await killSomebody(&random) }
                    try await world.becomeReady(within: .seconds(30))
                }
                done += count
            }
        }

        private func killSomebody(_ random: inout SeededRandom) async throws {
            switch Int.random(in: 0..<100, using: &random) {
            case 0..<3:
                try await world.postgres.kill()
                try await world.postgres.start()
            case 3..<8:
                // One session of the database, at which the server starts all of them anew.
                let pids = try await world.sql(
                    "select pid from pg_stat_activity where usename in ('mfa_core', 'mfa_sdk') order by pid"
                ).map { Int32(try $0.integer("pid")) }
                if let victim = pids.randomElement(using: &random) { Glibc.kill(victim, SIGKILL) }
                try await eventually("PostgreSQL is back") { (try? await world.number("1")) == 1 }
            default:
                guard let victim = world.allCopies.randomElement(using: &random) else { return }
                let place = victim.log.count + Int.random(in: 0...60, using: &random)
                // Some programs say little; then it is time that passes.
                _ = await victim.log.line(since: place, within: .milliseconds(300)) { _ in true }
                try await victim.process.kill()
                try await victim.restart()
            }
        }
    }
}

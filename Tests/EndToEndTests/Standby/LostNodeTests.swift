// SPDX-License-Identifier: Apache-2.0
import Testing
import TestKit

extension EndToEnd.Standby {
    /// A server that is neither alive nor dead, as its clients see it, and standbys that are gone.
    @Suite struct LostNodes {
        let world: World
        let group: StandbyGroup

        init() throws {
            world = try World.current
            group = try #require(world.group)
        }

        // R92
        @Test func `connections to a primary that vanished go to the new one in time`() async throws {
            // What ConnectionParameters sets; docs/operating/standby.md tells it.
            let tcpUserTimeout = Duration.seconds(10)
            let old = group.primary
            let cable = try GateProxy(to: old.port)
            defer { cable.stop() }
            let ports = [cable.port] + group.standbys.map(\.port)
            let core = try await world.start(
                .core, apart: true,
                settings: ["database.url": world.databaseURL("core", ports: ports) + "&application_name=cable"])
            let door = try await world.start(
                .sdk, apart: true,
                settings: [
                    "database.url": world.databaseURL("sdk", ports: ports), "core.urls": "[\(try await core.url())]",
                ])
            for copy in [core, door] { try await copy.becomesReady() }
            let tokens = try await inParallel(8) { _ in try await world.createUserWithToken("bob", "hotp") }
            let load = PasscodeLoad(world, counters: tokens, clocks: [], at: door)
            let working = Task { try await load.run() }
            try await eventually("the load runs") { load.count >= 40 }
            cable.vanish()
            let vanished = ContinuousClock.now
            try await old.kill()
            try await group.failOver()
            let recovery = try await load.recovers(since: vanished, run: 50)
            #expect(recovery.at - vanished <= tcpUserTimeout + .seconds(5))
            for copy in [core, door] {
                try await eventually("\(copy.name) is ready", within: vanished + tcpUserTimeout + .seconds(5) - .now) {
                    try await world.operators("/readyz", of: copy).status == 200
                }
            }
            // The one that only listens has nothing to send, and so no answer to miss.
            try await eventually("mfa-core listens", within: vanished + tcpUserTimeout + .seconds(5) - .now) {
                try await world.number(
                    """
                    select count(*) from pg_stat_activity
                     where application_name = 'cable' and (query ilike 'listen%' or query ilike '%pg_notify%')
                    """) == 1
            }
            load.end()
            try await working.value
            #expect(load.approvals.values.allSatisfy { $0 == 1 })
            try await world.expectInvariants(load.history, of: load.people)
            try await world.expectChain()
            for copy in [door, core] { try await copy.process.kill() }
            try await group.replace(old)
            try await world.becomeReady(within: .seconds(30))
        }

        // R89, R97, F11
        @Test func `without a standby nobody is let in, nobody waits long, and it is told`() async throws {
            let tokens = try await inParallel(200) { try await world.createUserWithToken("bob", "hotp", copy: $0 % 2) }
            let settled = try await world.metric("mfa_commit_settled_total")
            let shed = try await shedAtTheDoor()
            let standbys = group.standbys
            for standby in standbys { try await standby.pause() }
            for _ in 0..<3 {
                let started = ContinuousClock.now
                let replies = try await inParallel(tokens.count) { number in
                    try await world.check(
                        tokens[number].passcode(counter: 0), of: tokens[number].person.name, copy: number % 2)
                }
                // Every call has ten seconds, and all of them go on at once.
                #expect(ContinuousClock.now - started < .seconds(15))
                #expect(tally(replies.map(\.status)) == [503: tokens.count])
                #expect(replies.allSatisfy { $0.header("retry-after") != nil })
                expectBoundedPools()
            }
            // What raises the alarms RequestsShed and, where it lasts, CommitAnswersLost (deploy/prometheus/alerts.yml).
            #expect(try await shedAtTheDoor() - shed >= 3 * tokens.count)
            #expect(try await world.metric("mfa_commit_settled_total") > settled)
            // Commits that wait keep their sessions, which the role's limit bounds, and an administrator gets in.
            #expect(try await world.number("select count(*) from pg_stat_activity where usename = 'mfa_core'") > 0)
            for copy in world.copies(of: .core) {
                #expect(try await world.gauge("postgres_waiting", "lane=\"write\"", of: copy) == 0)
            }
            for standby in standbys { try await standby.resume() }
            try await group.isSynchronous(with: 2)
            try await world.becomeReady(within: .seconds(30))
            // What waited is committed now, so a passcode may be spent; none of them was accepted before.
            for token in tokens {
                let state = try await world.state(of: token.passcode(counter: 1), by: token.person)
                #expect(state == "approved")
            }
        }

        /// However many sessions wait in the server: a copy has left those whose time was over, and holds no more
        /// connections than its pools may (I11).
        private func expectBoundedPools() {
            for copy in world.allCopies {
                let held = ProcessView(copy.process.pid).connections(to: group.ports)
                #expect(held <= PoolUse.connectionsMax[copy.service] ?? 0, "\(copy.name)")
                #expect(held > 0, "\(copy.name)")
            }
        }

        /// Requests that sdk-service turned away so far.
        private func shedAtTheDoor() async throws -> Int {
            var sum = 0
            for copy in world.copies(of: .sdk) {
                sum += try await world.gauge("mfa_http_requests_total", "status=\"503\"", of: copy)
            }
            return sum
        }

        // R89, R90, F13
        @Test func `a wait for the standby that is cancelled is no success, and the promotion gives nothing back`()
            async throws
        {
            let caller = Caller(world: world, history: History())
            let token = try await world.createUserWithToken("bob", "hotp")
            for standby in group.standbys { try await standby.pause() }
            let waiting = Task { try await caller.check(token, counter: 0) }
            // The server then says that it committed here alone, with a warning. The marks of the copies wait, too (R91); they
            // are not what this is about.
            try await eventually("a commit waits for its standby, and is cancelled") {
                try await world.number(
                    """
                    select count(*) from (select pg_cancel_backend(pid) from pg_stat_activity
                     where wait_event = 'SyncRep' and usename = 'mfa_core' and query not like '%core.restore_fence%') c
                    """) > 0
            }
            #expect(try await waiting.value == .unknown)
            #expect(try await world.auditRows(of: token.person, event: "otp.ok") == 1)
            let old = group.primary
            try await old.kill()
            for standby in group.standbys { try await standby.resume() }
            try await group.failOver()
            try await world.becomeReady(within: .seconds(30))
            // Nobody was let in by it. Whether a standby had got hold of it all the same is chance: it is good for once, or
            // it is spent.
            let answers = [
                try await caller.check(token, counter: 0), try await caller.check(token, counter: 0, copy: 1),
            ]
            let states = answers.map { if case .told(let state, _) = $0 { state } else { "unknown" } }
            #expect(states == ["approved", "denied"] || states == ["denied", "denied"], "\(states)")
            try await world.expectInvariants(caller.history, of: [token.person.id])
            try await world.expectChain()
            try await group.replace(old)
            try await world.becomeReady(within: .seconds(30))
        }
    }
}

extension World {
    /// What a copy shows of a gauge with these labels now; the sum where several series have them.
    func gauge(_ name: String, _ labels: String, of copy: ServiceProcess) async throws -> Int {
        let lines = try await operators("/metrics", of: copy).text.split(separator: "\n")
        return lines.filter { $0.hasPrefix("\(name){") && $0.contains(labels) }
            .reduce(0) { $0 + ($1.split(separator: " ").last.flatMap { Double($0) }.map { Int($0) } ?? 0) }
    }
}

// SPDX-License-Identifier: Apache-2.0
import Synchronization
import Testing
import TestKit

extension EndToEnd.Standing {
    /// R82: the data key changes while people sign in on two copies.
    @Suite struct KeyRotation {
        let world: World

        init() throws { world = try World.current }

        /// People who sign in without a pause, and tokens that nobody uses meanwhile.
        private func people(_ count: Int) async throws -> [Token] {
            try await inParallel(count) { try await world.createUserWithToken("rotating", "hotp", copy: $0 % 2) }
        }

        private func keys() async throws -> [JSON] {
            let answer = try await world.core("key", ["list", "--json"])
            return try #require(JSON(parsing: Array(answer.utf8))?["items"]?.items)
        }

        private func current() async throws -> Int {
            try #require(
                try await keys().first { $0["state"]?.text == "current" }?["id"]?.integer)
        }

        private func remaining(_ old: Int) async throws -> Int {
            try await world.number("select count(*) from core.factor where key_id = \(old)")
        }

        /// Rotations that are killed before the last one may end.
        private static let deaths = Workshop.isSoak ? 5 : 3

        // R82, F29
        @Test func `nobody fails while a rotation is killed, goes on and ends, and the old key goes`() async throws {
            let old = try await current()
            let idle = try await people(60)
            let working = try await people(8)
            let load = PasscodeLoad(world, counters: working, clocks: [])
            let signingIn = Task { try await load.run() }
            // New secrets and kept answers meanwhile, each under the key of its moment.
            let isOver = Atomic(false)
            let newcomers = Task {
                var made: [Token] = []
                while !isOver.load(ordering: .relaxed) {
                    let token = try await world.createUserWithToken("newcomer", "hotp", copy: made.count % 2)
                    made.append(token)
                    // A few sign-ins between two of them.
                    let place = load.count
                    try await eventually("people sign in", within: .seconds(60)) {
                        isOver.load(ordering: .relaxed) || load.count > place + 3
                    }
                }
                return made
            }
            try await eventually("people sign in") { load.count > 40 }
            for death in 0..<Self.deaths {
                let rotation = try ChildProcess(try world.coreCommand(["key", "rotate", "--values-per-second", "5"]))
                let before = try await remaining(old)
                if death > 0 {
                    try await eventually("it is at work", within: .seconds(40)) {
                        try await remaining(old) < before - 3
                    }
                } else {
                    let begun = await rotation.errors.line(since: 0, within: .seconds(20)) { $0.contains("data key") }
                    #expect(begun != nil)
                }
                try await rotation.kill()
            }
            #expect(try await remaining(old) > 0, "it was killed half way")
            try await world.core("key", ["rotate"])
            #expect(try await remaining(old) == 0)
            let answers = load.count
            try await eventually("people go on signing in") { load.count > answers + 40 }
            load.end()
            try await signingIn.value
            isOver.store(true, ordering: .relaxed)
            let made = try await newcomers.value
            let failed = load.answers.filter { !$0.isRight }.map(\.told)
            #expect(failed.isEmpty, "\(failed.count) of \(load.count) sign-ins failed: \(Set(failed))")
            try await world.expectInvariants(load.history, of: load.people)
            #expect(made.count > 3)

            try await world.core("key", ["remove", "\(old)", "--yes"])
            #expect(try await keys().count == 1)
            for core in world.copies(of: .core) {
                try await core.stop()
                try await core.restart()
            }
            try await world.becomeReady(within: .seconds(30))
            for (number, token) in (idle + made).enumerated() {
                let state = try await world.state(
                    of: token.passcode(counter: 0), by: token.person, copy: number % 2)
                #expect(state == "approved")
            }
            let listed = try await world.core("audit", ["list", "--event", "key.rotated", "--json"])
            #expect(JSON(parsing: Array(listed.utf8))?["items"]?.items.count == 1)
        }
    }
}

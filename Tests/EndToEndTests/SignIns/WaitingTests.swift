// SPDX-License-Identifier: Apache-2.0
import SimulatedPhone
import Testing
import TestKit

extension EndToEnd.Standing {
    /// What people cost who wait for their phones: each has a TLS connection to sdk-service with some memory of its own,
    /// and neither a thread, nor a connection to the database, nor anything in mfa-core (docs/operating/sizing.md).
    /// Two hundred in `make test`, two thousand in `make soak`: each asks again after 55 s, and ten thousand of them are more
    /// than this client can ask for. Those are the benchmark tool's, whose bars `make soak` judges as well.
    @Suite struct Waiting {
        let world: World

        init() throws { world = try World.current }

        private static let places = Workshop.isSoak ? 2_000 : 200
        /// Passcodes of each person in one round.
        private static let passcodes: UInt64 = 5
        /// Between a decision and its caller's answer.
        private static let latest = Duration.seconds(5)

        // R97
        @Test func `those who wait cost memory alone, hold nobody up and hear their own decision`() async throws {
            try Crowd.makeRoom(for: Self.places)
            let room = try await WaitingRoom(world, places: Self.places)
            let owners = try await world.insertOwners(Self.places)
            let tokens = try await inParallel(8) { _ in try await world.createUserWithToken("bob", "hotp") }
            // What a copy needs once it needs only once.
            _ = try await room.check(tokens, 0..<Self.passcodes)
            let before = try await room.use()
            let asked = try await room.ask(owners)
            let waiting = try await room.hold(asked)
            _ = try await room.check(tokens, Self.passcodes..<2 * Self.passcodes)
            judge(try await room.use(), since: before)

            try await decide(asked, waiting, in: room)
            try await eventually("nobody waits any more") { try await room.waitingCallers == 0 }
            await room.leave()
            try await eventually("what they held is given back") { try await room.leftovers(since: before).isEmpty }
            _ = try await room.check(tokens, 2 * Self.passcodes..<2 * Self.passcodes + 1)
            try await room.stop()
        }

        private func judge(_ use: WaitingRoom.Use, since before: WaitingRoom.Use) {
            #expect(use.connections <= before.connections, "\(use.connections) to the database, \(before.connections)")
            #expect(use.core.threads <= before.core.threads + 8, "\(use.core), \(before.core)")
            #expect(use.door.threads <= before.door.threads + 8, "\(use.door), \(before.door)")
            // The connections of sdk-service to mfa-core are no more than its pool's 64, however many wait.
            #expect(use.core.files <= before.core.files + 100, "\(use.core), \(before.core)")
            #expect(use.door.files >= before.door.files + Self.places * 9 / 10, "each has a connection of its own")
            // Of a debug build, whose frames are larger, and of so few that what is not theirs counts as well.
            let (core, door) = Workshop.isSoak ? (16 << 10, 80 << 10) : (256 << 10, 512 << 10)
            #expect(use.core.memoryBytes - before.core.memoryBytes <= Self.places * core)
            #expect(use.door.memoryBytes - before.door.memoryBytes <= Self.places * door)
        }

        /// Of eight sign-ins one is approved, one denied, and the others are given up by who began them.
        private func decide(
            _ asked: [WaitingRoom.Asked], _ waiting: [Task<WaitingRoom.Heard, any Error>], in room: WaitingRoom
        ) async throws {
            let late = try await inParallel(asked.count, width: 8) { number in
                let (one, wanted) = (asked[number], Self.state(of: number))
                let told =
                    switch wanted {
                    case "approved": try await world.approve(one.prompt, on: one.owner.phone)
                    case "denied":
                        try await one.owner.phone.answer(
                            try await world.challenge(one.prompt, on: one.owner.phone), .deny)
                    default: try await room.cancel(one)
                    }
                let decided = ContinuousClock.now
                let heard = try await waiting[number].value
                #expect(told == wanted && heard.state == wanted, "\(told), \(heard.state)")
                return heard.at - decided
            }
            let latest = try #require(late.max())
            #expect(latest <= Self.latest)
        }

        private static func state(of number: Int) -> String {
            switch number % 8 {
            case 0: "approved"
            case 1: "denied"
            default: "cancelled"
            }
        }
    }
}

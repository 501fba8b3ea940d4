// SPDX-License-Identifier: Apache-2.0
import HTTPTypes
import HummingbirdTesting
import MFAAPI
import Primitives
import SDKServer
import Synchronization
import Testing

/// R97: mfa-core is told by the database's clock when the caller will have left.
struct DatabaseClockTests {
    @Test func `carries the last answer on by this machine's clock`() {
        let moment = ContinuousClock.now
        let wall = Mutex(Instant(seconds: 7_000))
        let clock = DatabaseClock(wall: { wall.withLock { $0 } }, now: { moment })
        #expect(clock.time(at: moment) == nil)
        clock.learn(Instant(seconds: 1_000))
        #expect(clock.time(at: moment) == Instant(seconds: 1_000))
        #expect(clock.time(at: moment + .milliseconds(2500)) == Instant(microseconds: 1_002_500_000))
        // All clocks of the site were set ahead by an hour.
        wall.withLock { $0 = Instant(seconds: 10_600) }
        #expect(clock.time(at: moment) == Instant(seconds: 4_600))
        // A database whose clock was set is believed.
        clock.learn(Instant(seconds: 500))
        #expect(clock.time(at: moment + .seconds(1)) == Instant(seconds: 501))
    }

    @Test func `each call says when its caller will have left, and the later of two says later`() async throws {
        try await Door.open { door async throws in
            _ = try await door.send(.get, "/sign-ins/a1")
            #expect(door.core.calls.last?.header(HeaderNames.expires) == nil)
            door.databaseClock.learn(Instant(seconds: 1_000))
            _ = try await door.send(.get, "/sign-ins/a1")
            let told = try #require(door.core.calls.last?.header(HeaderNames.expires).flatMap { Int64($0) })
            // Ten seconds are all that a call may take; the test itself must not have taken a minute.
            #expect((1_010_000...1_070_000).contains(told))
        }
    }
}

// SPDX-License-Identifier: Apache-2.0
package import Primitives
import ServiceRuntime
import Synchronization

/// The database's time as of its last answer, carried on by this machine's clock.
///
/// The clocks of two hosts need not agree; the database's is the one that all of them can read. What is shown is behind it
/// by as much as the last answer was on its way. Where all clocks of a site are set at once, it stays right; where only one
/// of the two is, the next answer puts it right.
package final class DatabaseClock: Sendable {
    private let wall: @Sendable () -> Instant
    private let now: @Sendable () -> ContinuousClock.Instant
    /// How far the database's clock is ahead of this machine's.
    private let lead = Mutex<Duration?>(nil)

    /// - Parameters:
    ///   - wall: this machine's time of day; tests pass their own.
    ///   - now: the monotonic clock that moments are told by.
    package init(
        wall: @escaping @Sendable () -> Instant = SystemClock.now,
        now: @escaping @Sendable () -> ContinuousClock.Instant = { .now }
    ) {
        self.wall = wall
        self.now = now
    }

    /// Takes note of the time in an answer that has just come.
    package func learn(_ time: Instant) {
        let lead = time - wall()
        self.lead.withLock { $0 = lead }
    }

    /// The database's time at `moment`; nil before the first answer.
    package func time(at moment: ContinuousClock.Instant) -> Instant? {
        lead.withLock { $0 }.map { wall() + $0 + (moment - now()) }
    }
}

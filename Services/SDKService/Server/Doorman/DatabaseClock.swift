// SPDX-License-Identifier: Apache-2.0
package import Primitives
import Synchronization

/// The database's time as of its last answer, carried on by this machine's monotonic clock.
///
/// The clocks of two hosts need not agree; the database's is the one that all of them can read. What is shown is never
/// ahead of it, but by as much behind as the last answer was on its way.
package final class DatabaseClock: Sendable {
    private let reading = Mutex<(time: Instant, at: ContinuousClock.Instant)?>(nil)

    package init() {}

    /// Takes note of the time in an answer that has just come.
    package func learn(_ time: Instant, at moment: ContinuousClock.Instant = .now) {
        reading.withLock { $0 = (time, moment) }
    }

    /// The database's time at `moment`; nil before the first answer.
    package func time(at moment: ContinuousClock.Instant) -> Instant? {
        reading.withLock { $0 }.map { $0.time + (moment - $0.at) }
    }
}

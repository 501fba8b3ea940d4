// SPDX-License-Identifier: Apache-2.0

import Glibc
package import Primitives

/// This machine's clock; decisions about people take their time from the database instead.
package enum SystemClock {
    /// The time of day.
    @Sendable package static func now() -> Instant {
        var time = timespec()
        clock_gettime(CLOCK_REALTIME, &time)
        return Instant(microseconds: Int64(time.tv_sec) * 1_000_000 + Int64(time.tv_nsec) / 1_000)
    }
}

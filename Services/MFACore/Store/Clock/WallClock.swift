// SPDX-License-Identifier: Apache-2.0
import Glibc
package import Primitives

/// This host's wall clock. It decides nothing; it only tells whether host and database agree (R93).
package enum WallClock {
    package static func now() -> Instant {
        var time = timespec()
        clock_gettime(CLOCK_REALTIME, &time)
        return Instant(microseconds: Int64(time.tv_sec) * 1_000_000 + Int64(time.tv_nsec) / 1000)
    }
}

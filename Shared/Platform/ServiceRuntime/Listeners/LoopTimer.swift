// SPDX-License-Identifier: Apache-2.0

import NIOCore
import NIOPosix

/// One alarm of the event loop that the caller runs on, at a tenth of the memory of a task that sleeps: for waits of
/// which there are thousands.
package struct LoopTimer: Sendable {
    private let scheduled: Scheduled<Void>

    /// - Parameter action: runs once at `deadline`, unless ``cancel()`` comes before.
    package init(at deadline: ContinuousClock.Instant, _ action: @escaping @Sendable () -> Void) {
        let loop = MultiThreadedEventLoopGroup.currentEventLoop ?? MultiThreadedEventLoopGroup.singleton.next()
        scheduled = loop.scheduleTask(in: TimeAmount(deadline - .now), action)
    }

    package func cancel() {
        scheduled.cancel()
    }
}

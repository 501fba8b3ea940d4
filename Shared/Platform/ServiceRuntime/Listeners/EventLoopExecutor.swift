// SPDX-License-Identifier: Apache-2.0

import NIOCore
import NIOPosix

/// Runs the tasks of a connection on the thread that its socket belongs to.
///
/// A request then crosses no thread on its way from its bytes to its handler and back: with a pool of its own for
/// tasks, each crossing wakes another thread, and a small machine spends more on that than on the request. Handlers
/// must not block, as nothing in a task may.
package final class EventLoopExecutor: TaskExecutor {
    private static let known = ThreadSpecificVariable<EventLoopExecutor>()

    /// That of the thread that runs this; nil on one that is no event loop of a listener's.
    package static var ofThread: EventLoopExecutor? { known.currentValue }

    /// The one executor of `loop`; to be called on that loop.
    static func current(of loop: any EventLoop) -> EventLoopExecutor {
        loop.preconditionInEventLoop()
        if let known = ofThread, known.loop === loop { return known }
        let executor = EventLoopExecutor(loop)
        known.currentValue = executor
        return executor
    }

    private let loop: any EventLoop

    private init(_ loop: any EventLoop) {
        self.loop = loop
    }

    package func enqueue(_ job: consuming ExecutorJob) {
        let job = UnownedJob(job)
        loop.execute { job.runSynchronously(on: self.asUnownedTaskExecutor()) }
    }
}

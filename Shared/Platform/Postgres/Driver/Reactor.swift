// SPDX-License-Identifier: Apache-2.0

internal import CLibPQ
internal import Foundation
internal import Glibc
internal import Primitives
internal import Synchronization

/// The one thread that owns every connection: it waits in epoll for sockets, timers and jobs from other threads.
///
/// `@unchecked Sendable`: watchers and timers are touched only on the thread itself; what others touch is in the mutex.
final class Reactor: @unchecked Sendable {
    typealias Job = @Sendable () -> Void

    /// Names a watched socket or a timer; never used twice, so a late event cannot meet a newer owner.
    typealias Token = UInt64

    private enum Phase {
        case fresh, running, stopped
    }

    private struct Inbox {
        var phase = Phase.fresh
        var jobs: [Job] = []
        var isAsleep = false
    }

    private let inbox = Mutex(Inbox())
    private var epoll: Int32 = -1
    private var wakeUp: Int32 = -1
    private var watchers: [Token: (UInt32) -> Void] = [:]
    private var timers: [Token: (at: ContinuousClock.Instant, action: () -> Void)] = [:]
    private var lastToken: Token = 0
    private var isStopping = false

    /// Hands `job` to the thread, which is started by the first one; false once the reactor has stopped.
    func submit(_ job: @escaping Job) -> Bool {
        let (accepted, mustStart) = inbox.withLock { inbox -> (Bool, Bool) in
            guard inbox.phase != .stopped else { return (false, false) }
            let mustStart = inbox.phase == .fresh
            if mustStart, !open() {
                inbox.phase = .stopped
                return (false, false)
            }
            inbox.phase = .running
            inbox.jobs.append(job)
            // Inside the lock, because the descriptor lives only as long as the phase says so.
            if inbox.isAsleep { eventfd_write(wakeUp, 1) }
            inbox.isAsleep = false
            return (true, mustStart)
        }
        if mustStart {
            let thread = Thread { self.run() }
            thread.name = "postgres"
            thread.start()
        }
        return accepted
    }

    // MARK: On the thread

    /// Calls `onEvent` with epoll's bits when the socket is ready.
    func watch(_ socket: Int32, onEvent: @escaping (UInt32) -> Void) -> Token? {
        lastToken += 1
        var event = epoll_event(events: EPOLLIN.rawValue, data: epoll_data_t(u64: lastToken))
        guard epoll_ctl(epoll, EPOLL_CTL_ADD, socket, &event) == 0 else { return nil }
        watchers[lastToken] = onEvent
        return lastToken
    }

    func setWantsWrite(_ wantsWrite: Bool, _ token: Token, _ socket: Int32) {
        let bits = wantsWrite ? EPOLLIN.rawValue | EPOLLOUT.rawValue : EPOLLIN.rawValue
        var event = epoll_event(events: bits, data: epoll_data_t(u64: token))
        epoll_ctl(epoll, EPOLL_CTL_MOD, socket, &event)
    }

    func unwatch(_ token: Token, _ socket: Int32) {
        watchers[token] = nil
        var event = epoll_event()
        epoll_ctl(epoll, EPOLL_CTL_DEL, socket, &event)
    }

    /// Runs `action` once at `time`, unless the token is cancelled before.
    func schedule(at time: ContinuousClock.Instant, _ action: @escaping () -> Void) -> Token {
        lastToken += 1
        timers[lastToken] = (time, action)
        return lastToken
    }

    func cancel(_ timer: Token?) {
        if let timer { timers[timer] = nil }
    }

    /// Ends the thread after the present round; jobs that come later are refused.
    func stop() {
        isStopping = true
    }

    private func open() -> Bool {
        epoll = epoll_create1(Int32(EPOLL_CLOEXEC))
        wakeUp = eventfd(0, Int32(EFD_CLOEXEC | EFD_NONBLOCK))
        guard epoll >= 0, wakeUp >= 0 else {
            close()
            return false
        }
        var event = epoll_event(events: EPOLLIN.rawValue, data: epoll_data_t(u64: 0))
        guard epoll_ctl(epoll, EPOLL_CTL_ADD, wakeUp, &event) == 0 else {
            close()
            return false
        }
        return true
    }

    private func run() {
        var events = [epoll_event](repeating: epoll_event(), count: 64)
        while true {
            for job in takeJobs() { job() }
            fireTimers()
            if isStopping { break }
            let count = epoll_wait(epoll, &events, Int32(events.count), timeout())
            inbox.withLock { $0.isAsleep = false }
            for event in events.prefix(Int(max(0, count))) {
                if event.data.u64 == 0 {
                    var value: eventfd_t = 0
                    eventfd_read(wakeUp, &value)
                } else {
                    watchers[event.data.u64]?(event.events)
                }
            }
        }
        // Jobs already accepted still run: they find their connections closed and answer their callers.
        let rest = inbox.withLock { inbox in
            inbox.phase = .stopped
            return inbox.jobs
        }
        for job in rest { job() }
        watchers = [:]
        timers = [:]
        close()
    }

    private func takeJobs() -> [Job] {
        inbox.withLock { inbox in
            let jobs = inbox.jobs
            inbox.jobs = []
            return jobs
        }
    }

    private func fireTimers() {
        guard !timers.isEmpty else { return }
        let now = ContinuousClock.now
        for (token, timer) in timers where timer.at <= now {
            // An action may have cancelled a timer of the same round.
            if timers.removeValue(forKey: token) != nil { timer.action() }
        }
    }

    /// Milliseconds for epoll: none when a job came meanwhile, for ever when no timer is set.
    private func timeout() -> Int32 {
        let mayWait = inbox.withLock { inbox in
            inbox.isAsleep = inbox.jobs.isEmpty
            return inbox.isAsleep
        }
        guard mayWait else { return 0 }
        guard let next = timers.values.lazy.map(\.at).min() else { return -1 }
        let milliseconds = (next - ContinuousClock.now).wholeMicroseconds / 1000 + 1
        return Int32(clamping: max(0, milliseconds))
    }

    private func close() {
        for descriptor in [epoll, wakeUp] where descriptor >= 0 { Glibc.close(descriptor) }
        epoll = -1
        wakeUp = -1
    }
}

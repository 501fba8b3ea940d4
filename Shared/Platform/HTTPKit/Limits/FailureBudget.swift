// SPDX-License-Identifier: Apache-2.0
internal import Synchronization

/// Counts failures for each key within a sliding window; a key that used up its budget has to wait.
///
/// Kept in the memory of one copy of a service: it protects capacity. What bounds guessing is a row in the database.
package final class FailureBudget: Sendable {
    private struct State {
        var failures: [String: [ContinuousClock.Instant]] = [:]
        /// Keys by their latest failure, oldest first; entries that a later failure overtook are skipped.
        var order: [(key: String, at: ContinuousClock.Instant)] = []
        var oldest = 0
    }

    private let failuresMax: Int
    private let window: Duration
    private let keysMax: Int
    private let now: @Sendable () -> ContinuousClock.Instant
    private let state = Mutex(State())

    /// - Parameters:
    ///   - failuresMax: failures within `window` after which a key has to wait.
    ///   - keysMax: keys remembered at once; beyond it, those that failed longest ago are forgotten.
    package init(
        failuresMax: Int = 20, window: Duration = .seconds(60), keysMax: Int = 10_000,
        now: @escaping @Sendable () -> ContinuousClock.Instant = { ContinuousClock.now }
    ) {
        self.failuresMax = failuresMax
        self.window = window
        self.keysMax = keysMax
        self.now = now
    }

    /// Refuses a key without budget with 429 and the seconds until it has some again.
    package func check(_ key: String) throws(Problem) {
        guard let wait = wait(for: key) else { return }
        let seconds = Int(wait.components.seconds) + (wait.components.attoseconds > 0 ? 1 : 0)
        throw Problem(EdgeCode.tooManyRequests, retryAfterSeconds: max(1, seconds))
    }

    /// How long `key` has to wait; nil when it may try now.
    package func wait(for key: String) -> Duration? {
        let now = now()
        return state.withLock { state in
            let recent = (state.failures[key] ?? []).filter { now - $0 < window }
            guard recent.count >= failuresMax else { return nil }
            return window - (now - recent[recent.count - failuresMax])
        }
    }

    /// Counts one failure of `key`.
    package func recordFailure(_ key: String) {
        let now = now()
        state.withLock { state in
            var recent = (state.failures[key] ?? []).filter { now - $0 < window }
            // More than the budget is never looked at.
            if recent.count == failuresMax { recent.removeFirst() }
            recent.append(now)
            state.failures[key] = recent
            state.order.append((key, now))
            prune(&state, now: now)
        }
    }

    /// How many keys are remembered.
    var keyCount: Int {
        state.withLock { $0.failures.count }
    }

    private func prune(_ state: inout State, now: ContinuousClock.Instant) {
        while state.oldest < state.order.count {
            let entry = state.order[state.oldest]
            let isLatest = state.failures[entry.key]?.last == entry.at
            let isFull = state.failures.count > keysMax || state.order.count - state.oldest > keysMax * failuresMax
            guard !isLatest || isFull || now - entry.at >= window else { break }
            if isLatest { state.failures[entry.key] = nil }
            state.oldest += 1
        }
        // Each skipped entry is moved over once at most: the work stays constant per failure.
        if state.oldest > 1024, state.oldest * 2 > state.order.count {
            state.order.removeFirst(state.oldest)
            state.oldest = 0
        }
    }
}

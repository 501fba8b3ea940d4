// SPDX-License-Identifier: Apache-2.0
import Metrics
import Synchronization

/// Why a caller waits no more.
package enum WaitOutcome: Equatable, Sendable {
    /// The sign-in is said to be decided; a reading tells how.
    case decided
    case deadline
    /// The service stops: the present state is the answer.
    case draining
    case callerGone
}

/// Somebody who waits for a sign-in.
package struct Waiter: Hashable, Sendable {
    package let id: String
    fileprivate let number: UInt64
}

/// The callers of this copy that wait, by the id of their sign-in.
///
/// A decision that is told between a caller's reading and its waiting is not missed: each line gets a number, and who
/// waits says up to which number it has read.
package final class WaitRegistry: Sendable {
    package typealias Action = @Sendable (WaitOutcome) -> Void

    private enum Place {
        case entered
        case waiting(Action)
        case over(WaitOutcome)
    }

    private struct State {
        var places: [Waiter: Place] = [:]
        var waiters: [String: Set<Waiter>] = [:]
        var lastNumber: UInt64 = 0
        /// The number of the latest line about an id, and the ids in the order they are forgotten in.
        var lines: [String: UInt64] = [:]
        var lineOrder: [(id: String, number: UInt64)] = []
        var oldestLine = 0
        var isClosed = false
    }

    private let waitersMax: Int
    private let state = Mutex(State())
    private let callers = Meter(label: "mfa.waiting.callers")

    package init() {
        waitersMax = Limits.waitersMax
    }

    /// With room for fewer.
    package init(waitersMax: Int) {
        self.waitersMax = waitersMax
    }

    /// Lines that come from now on have a higher number.
    package var mark: UInt64 { state.withLock { $0.lastNumber } }

    /// Every id that somebody waits for.
    package var waitingIDs: [String] { state.withLock { Array($0.waiters.keys) } }

    /// A place among those who wait, until ``whenOver(_:_:)`` has told its end; nil when there is none left.
    package func enter(_ id: String, after mark: UInt64) -> Waiter? {
        let waiter = state.withLock { state -> Waiter? in
            guard state.places.count < waitersMax else { return nil }
            state.lastNumber += 1
            let waiter = Waiter(id: id, number: state.lastNumber)
            if state.isClosed {
                state.places[waiter] = .over(.draining)
            } else if let line = state.lines[id], line > mark {
                state.places[waiter] = .over(.decided)
            } else {
                state.places[waiter] = .entered
                state.waiters[id, default: []].insert(waiter)
            }
            return waiter
        }
        if waiter != nil { callers.increment() }
        return waiter
    }

    /// Runs `action` once something has ended the waiting, be it ``end(_:_:)`` by the caller's own timer; at once when
    /// that has been. The place is free then.
    ///
    /// No suspended task for each of thousands: what waits is a closure (docs/decisions/0006-memory-of-a-waiting-caller.md).
    package func whenOver(_ waiter: Waiter, _ action: @escaping Action) {
        let outcome = state.withLock { state -> WaitOutcome? in
            guard case .over(let outcome)? = state.places[waiter] else {
                state.places[waiter] = .waiting(action)
                return nil
            }
            state.places[waiter] = nil
            return outcome
        }
        if let outcome { tell([action], outcome) }
    }

    /// Ends one caller's waiting, if it has not ended yet.
    package func end(_ waiter: Waiter, _ outcome: WaitOutcome) {
        let action = state.withLock { Self.end(waiter, outcome, in: &$0) }
        if let action { tell([action], outcome) }
    }

    /// Takes note of a line of the decisions stream, which may come twice.
    package func hear(_ id: String) {
        let actions = state.withLock { state in
            state.lastNumber += 1
            state.lines[id] = state.lastNumber
            state.lineOrder.append((id, state.lastNumber))
            Self.forget(in: &state)
            return Self.end(id, in: &state)
        }
        tell(actions, .decided)
    }

    /// Wakes those who wait for one of `ids`.
    package func wake(_ ids: [String]) {
        for id in ids {
            let actions = state.withLock { Self.end(id, in: &$0) }
            tell(actions, .decided)
        }
    }

    /// Ends all waiting, for good.
    package func close() {
        let actions = state.withLock { state in
            state.isClosed = true
            return state.waiters.values.joined().compactMap { Self.end($0, .draining, in: &state) }
        }
        tell(actions, .draining)
    }

    /// Never under the lock: an action may come back here.
    private func tell(_ actions: [Action], _ outcome: WaitOutcome) {
        for action in actions {
            callers.decrement()
            action(outcome)
        }
    }

    private static func end(_ id: String, in state: inout State) -> [Action] {
        (state.waiters[id] ?? []).compactMap { end($0, .decided, in: &state) }
    }

    private static func end(
        _ waiter: Waiter, _ outcome: WaitOutcome, in state: inout State
    ) -> Action? {
        guard let place = state.places[waiter] else { return nil }
        state.waiters[waiter.id]?.remove(waiter)
        if state.waiters[waiter.id]?.isEmpty == true { state.waiters[waiter.id] = nil }
        switch place {
        case .entered: state.places[waiter] = .over(outcome)
        case .waiting(let action):
            state.places[waiter] = nil
            return action
        case .over: break
        }
        return nil
    }

    private static func forget(in state: inout State) {
        while state.lineOrder.count - state.oldestLine > Limits.recentDecisionsMax {
            let oldest = state.lineOrder[state.oldestLine]
            if state.lines[oldest.id] == oldest.number { state.lines[oldest.id] = nil }
            state.oldestLine += 1
        }
        // Moved over once in a while only, so that the work stays constant per line.
        if state.oldestLine > Limits.recentDecisionsMax {
            state.lineOrder.removeFirst(state.oldestLine)
            state.oldestLine = 0
        }
    }
}

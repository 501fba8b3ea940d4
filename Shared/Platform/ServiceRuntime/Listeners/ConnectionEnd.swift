// SPDX-License-Identifier: Apache-2.0

import Synchronization

/// The end of one connection, and what is to happen then.
///
/// A callback on the channel's own future would stay until that end, and a connection may live through millions of
/// requests; what is asked for here is forgotten with the request that asked.
package final class ConnectionEnd: Sendable {
    package typealias Action = @Sendable () -> Void

    /// One request's wish; it ends with ``cancel()``.
    package struct Wish: Sendable {
        fileprivate let end: ConnectionEnd
        fileprivate let number: UInt64

        /// Nothing is to happen any more.
        package func cancel() {
            _ = end.state.withLock { $0.actions.removeValue(forKey: number) }
        }
    }

    private struct State {
        var actions: [UInt64: Action] = [:]
        var lastNumber: UInt64 = 0
        var isOver = false
    }

    private let state = Mutex(State())

    package init() {}

    /// How many wishes there are.
    package var count: Int { state.withLock { $0.actions.count } }

    /// Runs `action` once the connection is closed, by whichever side; at once when it is closed already.
    package func whenOver(_ action: @escaping Action) -> Wish {
        let (number, isOver) = state.withLock { state in
            state.lastNumber += 1
            if !state.isOver { state.actions[state.lastNumber] = action }
            return (state.lastNumber, state.isOver)
        }
        if isOver { action() }
        return Wish(end: self, number: number)
    }

    /// The connection is closed.
    package func come() {
        let actions = state.withLock { state in
            state.isOver = true
            defer { state.actions = [:] }
            return state.actions.values
        }
        for action in actions { action() }
    }
}

// SPDX-License-Identifier: Apache-2.0
import Synchronization

/// What workers were told while a scenario goes on.
final class Load: Sendable {
    private struct State {
        var answers: [Int: [String]] = [:]
        var count = 0
        var isOver = false
    }

    private let state = Mutex(State())

    /// Whether the workers should stop.
    var isOver: Bool { state.withLock { $0.isOver } }

    /// How many decisions there were; to be told to come back later is none.
    var count: Int { state.withLock { $0.count } }

    func add(_ answer: String, for worker: Int) {
        state.withLock { state in
            state.answers[worker, default: []].append(answer)
            if answer != "503" { state.count += 1 }
        }
    }

    func answers(for worker: Int) -> [String] { state.withLock { $0.answers[worker] ?? [] } }

    func end() { state.withLock { $0.isOver = true } }
}

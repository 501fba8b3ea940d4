// SPDX-License-Identifier: Apache-2.0
import MFAAPI
import Synchronization

/// Answers on their way out: whatever is ready when the writer comes goes in one piece.
final class FrameOutbox: Sendable {
    private struct State {
        var bytes: [UInt8] = []
        var expected: Int
    }

    private let state: Mutex<State>
    private let signals: AsyncStream<Void>
    private let signal: AsyncStream<Void>.Continuation

    /// - Parameter count: how many answers there will be.
    init(expecting count: Int) {
        state = Mutex(State(expected: count))
        (signals, signal) = AsyncStream.makeStream(bufferingPolicy: .bufferingNewest(1))
    }

    func put(_ answer: CallFrame) {
        let isLast = state.withLock { state in
            // An answer that is too long is left out, and sdk-service tells its caller that there is none.
            _ = answer.write(to: &state.bytes)
            state.expected -= 1
            return state.expected == 0
        }
        signal.yield()
        if isLast { signal.finish() }
    }

    /// What is ready by now, as soon as there is anything; nil after the last answer. For one taker.
    func take() async -> [UInt8]? {
        for await _ in signals {
            if let bytes = ready() { return bytes }
        }
        return ready()
    }

    private func ready() -> [UInt8]? {
        state.withLock { state in
            defer { state.bytes = [] }
            return state.bytes.isEmpty ? nil : state.bytes
        }
    }
}

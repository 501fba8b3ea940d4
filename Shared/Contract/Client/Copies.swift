// SPDX-License-Identifier: Apache-2.0
internal import Synchronization

/// The copies of a service: taken in turn, and left alone for a while after one refused a connection or a request.
package final class Copies: Sendable {
    /// Rests grow by doubling between these.
    package static let restMin: Duration = .seconds(1)
    package static let restMax: Duration = .seconds(30)
    /// The rest of a copy that is about to stop; by then it refuses connections, or is back.
    package static let farewell: Duration = .seconds(3)

    private struct Copy {
        var refusals = 0
        var restsUntil: ContinuousClock.Instant?

        func isResting(at now: ContinuousClock.Instant) -> Bool { restsUntil.map { now < $0 } ?? false }
    }

    private struct State {
        var next = 0
        var copies: [Copy]
    }

    private let urls: [String]
    private let now: @Sendable () -> ContinuousClock.Instant
    private let state: Mutex<State>

    /// - Precondition: there is at least one URL.
    package init(_ urls: [String], now: @escaping @Sendable () -> ContinuousClock.Instant = { ContinuousClock.now }) {
        precondition(!urls.isEmpty, "a client needs at least one URL")
        self.urls = urls.map { url in
            var url = url
            while url.hasSuffix("/") { url.removeLast() }
            return url
        }
        self.now = now
        self.state = Mutex(State(copies: urls.map { _ in Copy() }))
    }

    /// How many there are.
    package var count: Int { urls.count }

    /// The copies in the order to try them: in turn, resting ones last.
    ///
    /// Resting ones are not left out: when all rest, a refusal at once would outlast the fault.
    package func order() -> [Int] {
        let now = now()
        return state.withLock { state in
            let first = state.next
            state.next = (first + 1) % urls.count
            let turn = (0..<urls.count).map { (first + $0) % urls.count }
            let resting = turn.filter { state.copies[$0].isResting(at: now) }
            return resting.isEmpty ? turn : turn.filter { !resting.contains($0) } + resting
        }
    }

    /// The base URL of a copy, without a slash at the end.
    package func url(_ index: Int) -> String { urls[index] }

    /// Whether a copy is left alone just now.
    package func isResting(_ index: Int) -> Bool {
        let now = now()
        return state.withLock { $0.copies[index].isResting(at: now) }
    }

    /// Notes that a copy could not be connected to, or said that it cannot serve.
    package func refused(_ index: Int) {
        let now = now()
        state.withLock { state in
            let doublings = min(state.copies[index].refusals, 5)
            state.copies[index].refusals += 1
            state.copies[index].restsUntil = now + min(Self.restMin * (1 << doublings), Self.restMax)
        }
    }

    /// Notes that a copy answered and asked to be left, as one does that is about to stop.
    package func left(_ index: Int) {
        let now = now()
        state.withLock { $0.copies[index].restsUntil = now + Self.farewell }
    }

    /// Notes that a copy served.
    package func answered(_ index: Int) {
        state.withLock { state in
            if state.copies[index].refusals > 0 { state.copies[index] = Copy() }
        }
    }
}

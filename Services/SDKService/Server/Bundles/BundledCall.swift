// SPDX-License-Identifier: Apache-2.0
import MFAAPI
package import MFAClient
import Synchronization

/// What became of a call that was handed on in a bundle.
package enum BundleOutcome: Sendable {
    case answered(MFAResponse)
    /// mfa-core never saw it.
    case notSent
    /// It was sent and no answer came: whether it took effect is not known.
    case lost(reason: String)
    /// Its caller is gone.
    case abandoned
}

/// One call between its caller and its bundle.
final class BundledCall: Sendable {
    private enum State {
        case fresh
        case waiting(CheckedContinuation<BundleOutcome, Never>)
        case over(BundleOutcome)
    }

    let body: [UInt8]
    private let fields: [(String, String)]
    private let end: ContinuousClock.Instant
    private let state = Mutex(State.fresh)

    init(fields: [(String, String)], body: [UInt8], within deadline: Duration) {
        self.fields = fields
        self.body = body
        end = .now + deadline
    }

    /// What is left of the time that its caller waits.
    var remaining: Duration { end - .now }

    var isOver: Bool {
        state.withLock { if case .over = $0 { true } else { false } }
    }

    /// Its fields, with the deadline as it is now.
    var fieldsToSend: [(String, String)] {
        let milliseconds = max(1, Int64((remaining / .milliseconds(1)).rounded(.up)))
        return fields + [(HeaderNames.deadline, String(milliseconds))]
    }

    func attach(_ continuation: CheckedContinuation<BundleOutcome, Never>) {
        let over: BundleOutcome? = state.withLock { state in
            if case .over(let outcome) = state { return outcome }
            state = .waiting(continuation)
            return nil
        }
        if let over { continuation.resume(returning: over) }
    }

    /// Ends the wait; only the first outcome counts.
    func finish(_ outcome: BundleOutcome) {
        let waiting: CheckedContinuation<BundleOutcome, Never>? = state.withLock { state in
            switch state {
            case .over: return nil
            case .fresh:
                state = .over(outcome)
                return nil
            case .waiting(let continuation):
                state = .over(outcome)
                return continuation
            }
        }
        waiting?.resume(returning: outcome)
    }
}

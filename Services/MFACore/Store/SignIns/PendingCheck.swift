// SPDX-License-Identifier: Apache-2.0
import MFADomain
import Primitives
import Synchronization

/// One passcode check between its caller and its batch.
final class PendingCheck: Sendable {
    private enum State {
        case fresh
        case waiting(CheckedContinuation<Refusal?, Never>)
        case finished(Refusal?)
    }

    /// Nil for a name that no account can have.
    let name: CanonicalName?
    let caller: Caller
    /// Runs the rule; the answer stays in the caller's slot, a refusal is returned as well.
    let evaluate: @Sendable (inout PersonCase) -> Refusal?
    private let begun = ContinuousClock.now
    private let state = Mutex(State.fresh)
    private let deferralCount = Atomic<Int>(0)

    init(
        name: CanonicalName?, caller: Caller, evaluate: @escaping @Sendable (inout PersonCase) -> Refusal?
    ) {
        self.name = name
        self.caller = caller
        self.evaluate = evaluate
    }

    var isAbandoned: Bool {
        state.withLock { if case .finished = $0 { true } else { false } }
    }

    /// What is left of the time that a check may take and its caller waits.
    var remaining: Duration {
        min(Limits.checkDeadline, caller.patience ?? Limits.checkDeadline) - (ContinuousClock.now - begun)
    }
    var isLate: Bool { remaining <= .zero }

    /// Counts a batch that could not lock the person; true while another batch may try.
    func mayBeDeferred() -> Bool {
        deferralCount.add(1, ordering: .relaxed).newValue < Limits.deferralsMax
    }

    func attach(_ continuation: CheckedContinuation<Refusal?, Never>) {
        let finished: Refusal?? = state.withLock { state in
            if case .finished(let refusal) = state { return .some(refusal) }
            state = .waiting(continuation)
            return nil
        }
        if let finished { continuation.resume(returning: finished) }
    }

    /// Ends the wait, once; nil lets the caller take the rule's answer.
    func finish(_ refusal: Refusal?) {
        let waiting: CheckedContinuation<Refusal?, Never>? = state.withLock { state in
            switch state {
            case .finished: return nil
            case .fresh:
                state = .finished(refusal)
                return nil
            case .waiting(let continuation):
                state = .finished(refusal)
                return continuation
            }
        }
        waiting?.resume(returning: refusal)
    }
}

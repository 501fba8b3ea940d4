// SPDX-License-Identifier: Apache-2.0
import HTTPKit
import Hummingbird
import MFAClient
import ServiceRuntime
import Synchronization

/// One caller's answer that is held back while its sign-in waits for a person.
///
/// All that is kept of the caller's request for up to a minute is in here, and in the frames of its connection.
final class HeldSignIn: ResponseHold {
    private struct State {
        /// Nil until the waiting is over, and for good when there was no place for it.
        var outcome: WaitOutcome?
        var waiter: Waiter?
        var isGivenUp = false
    }

    let id: String
    /// The question for the answer, as often as it is to be sent.
    let reading: ForwardedRequest
    /// The answer when there is no newer one.
    let meanwhile: MFAResponse
    let deadline: ContinuousClock.Instant
    private let answers: HeldAnswers
    private let mark: UInt64
    private let state = Mutex(State())

    /// - Parameter mark: of the registry, from before `meanwhile` was asked for.
    init(
        _ answers: HeldAnswers, reading: ForwardedRequest, of id: String, meanwhile: MFAResponse, after mark: UInt64,
        until deadline: ContinuousClock.Instant
    ) {
        self.answers = answers
        self.reading = reading
        self.id = id
        self.meanwhile = meanwhile
        self.mark = mark
        self.deadline = deadline
    }

    func whenOver(_ wake: @escaping @Sendable () -> Void) {
        let (registry, turnstile, pass) = (answers.registry, answers.calls.turnstile, reading.pass)
        guard turnstile.beginPoll(pass) else { return wake() }
        guard let waiter = registry.enter(id, after: mark) else {
            turnstile.endPoll(pass)
            return wake()
        }
        let isGivenUp = state.withLock { state in
            state.waiter = waiter
            return state.isGivenUp
        }
        if isGivenUp { registry.end(waiter, .callerGone) }
        let wish = reading.end.whenOver { registry.end(waiter, .callerGone) }
        let timer = LoopTimer(at: deadline) { registry.end(waiter, .deadline) }
        registry.whenOver(waiter) { [self] outcome in
            timer.cancel()
            wish.cancel()
            turnstile.endPoll(pass)
            state.withLock { $0.outcome = outcome }
            wake()
        }
    }

    func giveUp() {
        let waiter = state.withLock { state in
            state.isGivenUp = true
            return state.waiter
        }
        if let waiter { answers.registry.end(waiter, .callerGone) }
    }

    func response() async throws -> Response {
        CoreCalls.response(try await answers.answer(to: self, after: state.withLock { $0.outcome }))
    }
}

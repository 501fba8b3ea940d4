// SPDX-License-Identifier: Apache-2.0
import MFAAPI
import MFAClient
import ServiceRuntime

/// Holds the answers of callers that asked to wait for a decision.
///
/// mfa-core answers at once; the waiting is done here, where the caller's connection is. Whatever ends it, the answer
/// is what mfa-core says then, asked with the caller's own identity.
struct HeldAnswers: Sendable {
    let calls: CoreCalls
    let registry: WaitRegistry

    /// Sends `request` and holds its answer for up to `seconds` while the sign-in waits for a person.
    func answer(_ request: ForwardedRequest, seconds: Int) async throws -> MFAResponse {
        let deadline = ContinuousClock.now + .seconds(seconds)
        var mark = registry.mark
        var answer = try await send(request)
        while let id = pending(answer, of: request.operation) {
            guard let outcome = await wait(for: id, of: request, after: mark, until: deadline) else { return answer }
            guard outcome != .callerGone else { throw CancellationError() }
            mark = registry.mark
            // Without a newer answer the older one stands: it was true, and the caller may ask again.
            guard let newer = try? await send(request.reading(id)), newer.status == 200 else { return answer }
            answer = newer
            guard outcome == .decided else { return answer }
        }
        return answer
    }

    // Never inlined, these three: what they need would be part of a frame that lasts as long as the waiting.

    @inline(never)
    private func send(_ request: ForwardedRequest) async throws -> MFAResponse {
        try await SideTask.run { try await calls.send(request) }
    }

    /// What ended the waiting for the sign-in `id`; nil when there is no place to wait.
    @inline(never)
    private func wait(
        for id: String, of request: ForwardedRequest, after mark: UInt64, until deadline: ContinuousClock.Instant
    ) async -> WaitOutcome? {
        guard calls.turnstile.beginPoll(request.pass) else { return nil }
        defer { calls.turnstile.endPoll(request.pass) }
        guard let waiter = registry.enter(id, after: mark) else { return nil }
        let wish = request.end.whenOver { registry.end(waiter, .callerGone) }
        let timer = LoopTimer(at: deadline) { registry.end(waiter, .deadline) }
        defer {
            timer.cancel()
            wish.cancel()
        }
        return await registry.outcome(of: waiter)
    }

    /// The id of the sign-in in `answer`, if it is worth waiting for.
    @inline(never)
    private func pending(_ answer: MFAResponse, of operation: Operation) -> String? {
        guard answer.status == 200, let signIn = WaitJSON.signIn(in: answer.body), signIn.state == "pending" else {
            return nil
        }
        // Whoever begins a sign-in and has to type something next would only lose time.
        return operation == .readSignIn || signIn.nextStep == "wait" ? signIn.id : nil
    }
}

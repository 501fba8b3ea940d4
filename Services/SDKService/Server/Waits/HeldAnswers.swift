// SPDX-License-Identifier: Apache-2.0
import Hummingbird
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
    func answer(_ request: ForwardedRequest, seconds: Int, context: DoorContext) async throws -> MFAResponse {
        guard seconds > 0 else { return try await calls.send(request) }
        let deadline = ContinuousClock.now + .seconds(seconds)
        var mark = registry.mark
        var answer = try await SideTask.run { try await calls.send(request) }
        while let signIn = pending(answer, of: request.operation) {
            guard calls.turnstile.beginPoll(request.pass) else { return answer }
            defer { calls.turnstile.endPoll(request.pass) }
            guard let waiter = registry.enter(signIn.id, after: mark) else { return answer }
            let wish = context.end.whenOver { registry.end(waiter, .callerGone) }
            let timer = LoopTimer(at: deadline) { registry.end(waiter, .deadline) }
            let outcome = await registry.outcome(of: waiter)
            timer.cancel()
            wish.cancel()
            guard outcome != .callerGone else { throw CancellationError() }
            mark = registry.mark
            // Without a newer answer the older one stands: it was true, and the caller may ask again.
            guard let newer = try? await SideTask.run({ try await calls.send(request.reading(signIn.id)) }),
                newer.status == 200
            else { return answer }
            answer = newer
            guard outcome == .decided else { return answer }
        }
        return answer
    }

    /// The sign-in in `answer`, if it is worth waiting for.
    private func pending(_ answer: MFAResponse, of operation: Operation) -> WaitJSON.SignIn? {
        guard answer.status == 200, let signIn = WaitJSON.signIn(in: answer.body), signIn.state == "pending" else {
            return nil
        }
        // Whoever begins a sign-in and has to type something next would only lose time.
        return operation == .readSignIn || signIn.nextStep == "wait" ? signIn : nil
    }
}

// SPDX-License-Identifier: Apache-2.0
import HTTPKit
import MFAAPI
import MFAClient

/// Holds the answers of callers that asked to wait for a decision.
///
/// mfa-core answers at once; the waiting is done here, where the caller's connection is. Whatever ends it, the answer
/// is what mfa-core says then, asked with the caller's own identity.
struct HeldAnswers: Sendable {
    let calls: CoreCalls
    let registry: WaitRegistry

    /// Sends `request` and returns its answer, unless the sign-in waits for a person.
    ///
    /// - Throws: ``HeldResponse`` then: the answer comes within `seconds`.
    func answer(_ request: ForwardedRequest, seconds: Int) async throws -> MFAResponse {
        let deadline = ContinuousClock.now + .seconds(seconds)
        let mark = registry.mark
        let answer = try await calls.send(request)
        guard let id = Self.pending(answer, of: request.operation) else { return answer }
        throw HeldResponse(
            HeldSignIn(
                self, reading: request.reading(id), of: id, meanwhile: answer, after: mark, until: deadline))
    }

    /// Sends `reading` after a wait that ended with `outcome`, and returns what to answer.
    ///
    /// - Throws: ``HeldResponse`` when the sign-in waits on after all.
    func answer(to held: HeldSignIn, after outcome: WaitOutcome?) async throws -> MFAResponse {
        // There was no place to wait.
        guard let outcome else { return held.meanwhile }
        guard outcome != .callerGone else { throw CancellationError() }
        let mark = registry.mark
        // Without a newer answer the older one stands: it was true, and the caller may ask again.
        guard let newer = try? await calls.send(held.reading.again()), newer.status == 200 else {
            return held.meanwhile
        }
        guard outcome == .decided, Self.pending(newer, of: .readSignIn) != nil else { return newer }
        throw HeldResponse(
            HeldSignIn(
                self, reading: held.reading, of: held.id, meanwhile: newer, after: mark, until: held.deadline))
    }

    /// The id of the sign-in in `answer`, if it is worth waiting for.
    private static func pending(_ answer: MFAResponse, of operation: Operation) -> String? {
        guard answer.status == 200, let signIn = WaitJSON.signIn(in: answer.body), signIn.state == "pending" else {
            return nil
        }
        // Whoever begins a sign-in and has to type something next would only lose time.
        return operation == .readSignIn || signIn.nextStep == "wait" ? signIn.id : nil
    }
}

// SPDX-License-Identifier: Apache-2.0
package import MFAAPI

/// The sign-in operations.
package struct SignInsClient: Sendable {
    let client: MFAClient

    /// Asks for a second proof; with `waitSeconds` in the request the answer is held until a decision.
    package func start(
        _ request: StartSignInRequest, idempotencyKey: String? = nil
    ) async throws(MFAClientError) -> SignInResponse {
        try await MFACall(
            operation: .startSignIn, body: request, idempotencyKey: idempotencyKey,
            wait: .seconds(request.waitSeconds ?? 0)
        ).answer(from: client)
    }

    /// The present state, or the state after at most `waitSeconds`.
    package func read(_ id: String, waitSeconds: Int = 0) async throws(MFAClientError) -> SignInResponse {
        try await MFACall(
            operation: .readSignIn, segments: [id],
            query: waitSeconds > 0 ? [("waitSeconds", String(waitSeconds))] : [], wait: .seconds(waitSeconds)
        ).answer(from: client)
    }

    /// Gives the passcode that a pending sign-in asked for.
    package func answer(
        _ id: String, with request: AnswerSignInRequest, idempotencyKey: String? = nil
    ) async throws(MFAClientError) -> SignInResponse {
        try await MFACall(
            operation: .answerSignIn, segments: [id], body: request, idempotencyKey: idempotencyKey
        ).answer(from: client)
    }

    /// Ends a pending sign-in.
    package func cancel(_ id: String) async throws(MFAClientError) -> SignInResponse {
        try await MFACall(operation: .cancelSignIn, segments: [id]).answer(from: client)
    }
}

extension MFAClient {
    /// The sign-in operations.
    package var signIns: SignInsClient { SignInsClient(client: self) }
}

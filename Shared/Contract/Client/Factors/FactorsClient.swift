// SPDX-License-Identifier: Apache-2.0
package import MFAAPI

/// The operations on a user's factors; `user` is an id, a name in any spelling, or `me` under a ticket.
package struct FactorsClient: Sendable {
    let client: MFAClient

    /// All factors of a user.
    package func list(_ user: String) async throws(MFAClientError) -> Page<FactorResponse> {
        try await MFACall(operation: .listFactors, segments: [user]).answer(from: client)
    }

    /// Creates a TOTP or HOTP factor; the answer shows its secret once.
    package func create(
        _ user: String, _ request: CreateFactorRequest, idempotencyKey: String? = nil
    ) async throws(MFAClientError) -> CreateFactorResponse {
        try await MFACall(
            operation: .createFactor, segments: [user], body: request, idempotencyKey: idempotencyKey
        ).answer(from: client)
    }

    /// Makes a factor active by its first passcode.
    package func confirm(
        _ user: String, _ factor: String, _ request: ConfirmFactorRequest, idempotencyKey: String? = nil
    ) async throws(MFAClientError) -> FactorStateResponse {
        try await MFACall(
            operation: .confirmFactor, segments: [user, factor], body: request, idempotencyKey: idempotencyKey
        ).answer(from: client)
    }

    /// Removes a factor. The answer is there only when the change brought a new ticket.
    package func delete(_ user: String, _ factor: String) async throws(MFAClientError) -> FactorStateResponse? {
        let response = try await MFACall(operation: .deleteFactor, segments: [user, factor]).accepted(by: client)
        return try MFACall.optionalAnswer(in: response)
    }

    /// Finds a token's place again by two consecutive passcodes.
    package func resynchronise(
        _ user: String, _ factor: String, _ request: ResynchroniseFactorRequest, idempotencyKey: String? = nil
    ) async throws(MFAClientError) -> FactorStateResponse {
        try await MFACall(
            operation: .resynchroniseFactor, segments: [user, factor], body: request, idempotencyKey: idempotencyKey
        ).answer(from: client)
    }

    /// Prepares the activation of a phone; the answer shows its secret once.
    package func createActivation(
        _ user: String, idempotencyKey: String? = nil
    ) async throws(MFAClientError) -> CreateActivationResponse {
        try await MFACall(
            operation: .createActivation, segments: [user], body: NoMembers(), idempotencyKey: idempotencyKey
        ).answer(from: client)
    }

    /// What became of an activation.
    package func readActivation(
        _ user: String, _ activation: String
    ) async throws(MFAClientError) -> ActivationResponse {
        try await MFACall(operation: .readActivation, segments: [user, activation]).answer(from: client)
    }
}

/// The body `{}`.
private struct NoMembers: Encodable {}

extension MFAClient {
    /// The operations on factors.
    package var factors: FactorsClient { FactorsClient(client: self) }
}

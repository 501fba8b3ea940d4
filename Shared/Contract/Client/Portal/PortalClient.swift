// SPDX-License-Identifier: Apache-2.0
package import MFAAPI

/// The operations of a person's own sign-in to the portal; the rest goes through the other rooms under a ticket.
package struct PortalClient: Sendable {
    let client: MFAClient

    /// Checks the password and says which factors there are to choose from.
    package func start(
        _ request: StartPortalSignInRequest, idempotencyKey: String? = nil
    ) async throws(MFAClientError) -> SignInResponse {
        try await MFACall(
            operation: .startPortalSignIn, body: request, idempotencyKey: idempotencyKey
        ).answer(from: client)
    }

    /// Goes on with the factor that the person chose.
    package func choose(
        _ id: String, _ request: ChoosePortalFactorRequest, idempotencyKey: String? = nil
    ) async throws(MFAClientError) -> SignInResponse {
        try await MFACall(
            operation: .choosePortalFactor, segments: [id], body: request, idempotencyKey: idempotencyKey
        ).answer(from: client)
    }

    /// Ends the ticket under which this client acts.
    package func endTicket() async throws(MFAClientError) {
        try await MFACall(operation: .endTicket).accepted(by: client)
    }
}

extension MFAClient {
    /// The operations of a person's own sign-in to the portal.
    package var portal: PortalClient { PortalClient(client: self) }
}

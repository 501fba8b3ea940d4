// SPDX-License-Identifier: Apache-2.0
package import MFAAPI

/// The six device operations. Answers are handed back unread, problems included: they are the phone's.
package struct DevicesClient: Sendable {
    let client: MFAClient

    /// Hands on a phone's activation.
    package func activate(_ request: ActivateDeviceRequest) async throws(MFAClientError) -> MFAResponse {
        try await MFACall(operation: .activateDevice, body: request).raw(from: client)
    }

    /// A fresh nonce; it stores nothing on the other side.
    package func createNonce() async throws(MFAClientError) -> MFAResponse {
        try await MFACall(operation: .createNonce, storesNothing: true).raw(from: client)
    }

    /// Hands on a phone's signed request.
    ///
    /// - Parameter operation: `listChallenges`, `answerChallenge`, `setPushAddress` or `removeDevice`.
    package func send(
        _ request: DeviceRequest, as operation: Operation
    ) async throws(MFAClientError) -> MFAResponse {
        try await MFACall(operation: operation, body: request).raw(from: client)
    }
}

extension MFAClient {
    /// The six device operations.
    package var devices: DevicesClient { DevicesClient(client: self) }
}

// SPDX-License-Identifier: Apache-2.0
package import Primitives

/// `POST /devices/activations`: the phone's body, byte for byte, as mobileapp-service received it.
package struct ActivateDeviceRequest: APIRequest {
    /// base64url of the body's bytes.
    package var body: String
    package var clientAddress: String?

    package static let keyPaths: Set<String> = ["body", "clientAddress"]

    package init(body: String, clientAddress: String? = nil) {
        self.body = body
        self.clientAddress = clientAddress
    }
}

/// `POST /devices/requests/…`: a phone's signed request, handed on uninterpreted.
package struct DeviceRequest: APIRequest {
    package var deviceId: String
    package var nonce: String
    /// base64url of r‖s.
    package var signature: String
    package var method: String
    /// The request target from `/api/v1` on, exactly as the phone sent it.
    package var target: String
    /// base64url of the body's bytes, empty for none.
    package var body: String
    package var clientAddress: String?

    package static let keyPaths: Set<String> = [
        "deviceId", "nonce", "signature", "method", "target", "body", "clientAddress",
    ]

    package init(
        deviceId: String, nonce: String, signature: String, method: String, target: String, body: String,
        clientAddress: String? = nil
    ) {
        self.deviceId = deviceId
        self.nonce = nonce
        self.signature = signature
        self.method = method
        self.target = target
        self.body = body
        self.clientAddress = clientAddress
    }
}

/// `POST /devices/nonces` and the phone's `POST /nonces`.
package struct NonceResponse: Codable, Sendable {
    package var nonce: String

    package init(nonce: String) {
        self.nonce = nonce
    }
}

/// The phone's body of `POST /activations`: either `secret`, or `user` and `code`.
package struct PhoneActivationRequest: APIRequest {
    package var secret: String?
    package var user: String?
    package var code: String?
    /// base64url of the DER SubjectPublicKeyInfo of a P-256 key.
    package var publicKey: String
    package var deviceName: String
    package var platform: String
    package var pushAddress: String?
    /// base64url of r‖s over `countersign-activation-v1`.
    package var proof: String

    package static let keyPaths: Set<String> = [
        "secret", "user", "code", "publicKey", "deviceName", "platform", "pushAddress", "proof",
    ]

    package init(
        secret: String? = nil, user: String? = nil, code: String? = nil, publicKey: String, deviceName: String,
        platform: String, pushAddress: String? = nil, proof: String
    ) {
        self.secret = secret
        self.user = user
        self.code = code
        self.publicKey = publicKey
        self.deviceName = deviceName
        self.platform = platform
        self.pushAddress = pushAddress
        self.proof = proof
    }
}

/// The answer to an activation.
package struct PhoneActivationResponse: Codable, Sendable {
    package var deviceId: String
    /// Never changes, also when the user is renamed; it stands in every signed answer.
    package var userId: String
    package var userName: String
    package var accountName: String
    package var passcodeSecret: String?

    package init(
        deviceId: String, userId: String, userName: String, accountName: String, passcodeSecret: String? = nil
    ) {
        self.deviceId = deviceId
        self.userId = userId
        self.userName = userName
        self.accountName = accountName
        self.passcodeSecret = passcodeSecret
    }
}

/// A push challenge as the phone sees it; the number to enter is not part of it (R25).
package struct ChallengeResponse: Codable, Sendable, Equatable {
    package var id: String
    package var application: String
    /// Empty when the caller named none.
    package var clientAddress: String
    /// The frozen text of the challenge row; it is signed as it stands.
    package var createdAt: String
    package var expiresAt: Instant
    package var numberDigits: Int
    package var nonce: String
    package var canReportFraud: Bool

    package init(
        id: String, application: String, clientAddress: String, createdAt: String, expiresAt: Instant,
        numberDigits: Int, nonce: String, canReportFraud: Bool
    ) {
        self.id = id
        self.application = application
        self.clientAddress = clientAddress
        self.createdAt = createdAt
        self.expiresAt = expiresAt
        self.numberDigits = numberDigits
        self.nonce = nonce
        self.canReportFraud = canReportFraud
    }
}

/// The phone's body of `POST /challenges/{id}/answers`.
package struct AnswerChallengeRequest: APIRequest {
    /// `approve`, `deny` or `fraud`.
    package var decision: String
    package var number: String?
    /// base64url of r‖s over `countersign-answer-v1`.
    package var signature: String

    package static let keyPaths: Set<String> = ["decision", "number", "signature"]

    package init(decision: String, number: String? = nil, signature: String) {
        self.decision = decision
        self.number = number
        self.signature = signature
    }
}

/// What became of the sign-in: `approved` or `denied`.
package struct AnswerChallengeResponse: Codable, Sendable {
    package var state: String

    package init(state: String) {
        self.state = state
    }
}

/// The phone's body of `PUT /push-address`.
package struct PushAddressRequest: APIRequest {
    package var pushAddress: String

    package static let keyPaths: Set<String> = ["pushAddress"]

    package init(pushAddress: String) {
        self.pushAddress = pushAddress
    }
}

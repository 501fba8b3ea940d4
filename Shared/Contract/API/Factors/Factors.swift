// SPDX-License-Identifier: Apache-2.0
package import Primitives

/// A factor as the contract shows one; its secret is never here.
package struct FactorResponse: Codable, Sendable, Equatable {
    package var id: String
    /// `totp`, `hotp`, `device` or `recovery`.
    package var kind: String
    package var name: String
    /// `unconfirmed`, `active`, `disabled` or `revoked`.
    package var state: String
    package var createdAt: Instant
    package var lastUsedAt: Instant?
    /// Whether the secret came from outside.
    package var imported: Bool
    /// Recovery only: codes that were not used.
    package var codesRemaining: Int?

    package init(
        id: String, kind: String, name: String, state: String, createdAt: Instant, lastUsedAt: Instant?,
        imported: Bool, codesRemaining: Int? = nil
    ) {
        self.id = id
        self.kind = kind
        self.name = name
        self.state = state
        self.createdAt = createdAt
        self.lastUsedAt = lastUsedAt
        self.imported = imported
        self.codesRemaining = codesRemaining
    }
}

/// `POST /users/{u}/factors`: a TOTP or HOTP factor, new or with a secret that a token already has, or a set of recovery
/// codes in the place of an earlier one, of which nothing but the name can be said.
package struct CreateFactorRequest: APIRequest {
    /// `totp`, `hotp` or `recovery`.
    package var kind: String
    package var name: String?
    /// 6–8; 6 when absent.
    package var digits: Int?
    /// `SHA1`, `SHA256` or `SHA512`; `SHA1` when absent.
    package var algorithm: String?
    /// TOTP only: 30 or 60; 30 when absent.
    package var periodSeconds: Int?
    /// HOTP only: the counter of the token's next passcode; 0 when absent.
    package var counter: Int64?
    /// An existing secret, 16–64 bytes; not together with `secretHex`.
    package var secretBase32: String?
    package var secretHex: String?

    package static let keyPaths: Set<String> = [
        "kind", "name", "digits", "algorithm", "periodSeconds", "counter", "secretBase32", "secretHex",
    ]

    package init(
        kind: String, name: String? = nil, digits: Int? = nil, algorithm: String? = nil, periodSeconds: Int? = nil,
        counter: Int64? = nil, secretBase32: String? = nil, secretHex: String? = nil
    ) {
        self.kind = kind
        self.name = name
        self.digits = digits
        self.algorithm = algorithm
        self.periodSeconds = periodSeconds
        self.counter = counter
        self.secretBase32 = secretBase32
        self.secretHex = secretHex
    }
}

/// The answer to ``CreateFactorRequest``; the secret is shown here and never again, and not at all when imported.
package struct CreateFactorResponse: Codable, Sendable {
    package var id: String
    package var state: String
    package var otpauthURI: String?
    package var secretBase32: String?
    package var qrSVG: String?
    /// The codes of a set, shown here and never again.
    package var recoveryCodes: [String]?
    /// A new ticket when the change was made under one.
    package var ticket: String?

    package init(
        id: String, state: String, otpauthURI: String? = nil, secretBase32: String? = nil, qrSVG: String? = nil,
        recoveryCodes: [String]? = nil, ticket: String? = nil
    ) {
        self.id = id
        self.state = state
        self.otpauthURI = otpauthURI
        self.secretBase32 = secretBase32
        self.qrSVG = qrSVG
        self.recoveryCodes = recoveryCodes
        self.ticket = ticket
    }
}

/// `POST /users/{u}/factors/{id}/confirmation`: the first passcode, which is spent by it.
package struct ConfirmFactorRequest: APIRequest {
    package var passcode: String

    package static let keyPaths: Set<String> = ["passcode"]

    package init(passcode: String) {
        self.passcode = passcode
    }
}

/// `POST /users/{u}/factors/{id}/resynchronisation`: two consecutive passcodes.
package struct ResynchroniseFactorRequest: APIRequest {
    package var passcodes: [String]

    package static let keyPaths: Set<String> = ["passcodes", "passcodes[]"]

    package init(passcodes: [String]) {
        self.passcodes = passcodes
    }
}

/// What a change of a factor answers with.
package struct FactorStateResponse: Codable, Sendable {
    package var id: String
    package var state: String
    /// False when the passcode or passcodes were not right; nothing changed then.
    package var accepted: Bool
    /// A new ticket when the change was made under one.
    package var ticket: String?

    package init(id: String, state: String, accepted: Bool, ticket: String? = nil) {
        self.id = id
        self.state = state
        self.accepted = accepted
        self.ticket = ticket
    }
}

/// `POST /users/{u}/activations`: what a phone needs to become this person's device.
package struct CreateActivationResponse: Codable, Sendable {
    package var id: String
    /// What the QR code holds: where the phone finds mobileapp-service, and the secret.
    package var activationURI: String
    package var secret: String
    /// Typed together with the user name where no camera is at hand.
    package var code: String
    package var expiresAt: Instant
    package var qrSVG: String

    package init(id: String, activationURI: String, secret: String, code: String, expiresAt: Instant, qrSVG: String) {
        self.id = id
        self.activationURI = activationURI
        self.secret = secret
        self.code = code
        self.expiresAt = expiresAt
        self.qrSVG = qrSVG
    }
}

/// `GET /users/{u}/activations/{id}`.
package struct ActivationResponse: Codable, Sendable {
    /// `pending`, `used` or `expired`.
    package var state: String

    package init(state: String) {
        self.state = state
    }
}

// SPDX-License-Identifier: Apache-2.0
package import Primitives

/// A person's one-time permission to make a phone their device (R34).
package struct Activation: Sendable {
    /// Where it stands; `expired` is computed from the clock, never stored.
    package enum State: String, Sendable {
        case pending, used, void
    }

    package let id: ActivationID
    package let userID: UserID
    package var state: State
    package let createdAt: Instant
    package let expiresAt: Instant
    /// SHA-256 of the secret that a QR code holds.
    package let secretHash: [UInt8]
    /// HMAC of the code that is typed where there is no camera.
    package let codeHash: [UInt8]
    /// Wrong codes that were typed for it (R35).
    package var wrongCodes: Int
    /// Wrong codes that were typed for all activations of the person within a day.
    package var wrongCodesOfPerson: Int

    package init(
        id: ActivationID, userID: UserID, state: State, createdAt: Instant, expiresAt: Instant, secretHash: [UInt8],
        codeHash: [UInt8], wrongCodes: Int = 0, wrongCodesOfPerson: Int = 0
    ) {
        self.wrongCodes = wrongCodes
        self.wrongCodesOfPerson = wrongCodesOfPerson
        self.secretHash = secretHash
        self.codeHash = codeHash
        self.id = id
        self.userID = userID
        self.state = state
        self.createdAt = createdAt
        self.expiresAt = expiresAt
    }

    /// Whether a phone may still use it.
    package func isUsable(at now: Instant) -> Bool { state == .pending && now < expiresAt }

    /// Whether its code may still be typed; its secret may be scanned in any case (R21).
    package func isCodeOpen(by limits: ActivationLimits) -> Bool {
        wrongCodes < limits.perCode && wrongCodesOfPerson < limits.perPerson
    }

    /// `pending`, `used` or `expired`, as the contract says it.
    package func stateText(at now: Instant) -> String {
        switch state {
        case .used: "used"
        case .void: "expired"
        case .pending: now < expiresAt ? "pending" : "expired"
        }
    }
}

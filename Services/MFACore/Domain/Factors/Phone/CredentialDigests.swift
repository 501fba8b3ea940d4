// SPDX-License-Identifier: Apache-2.0
package import Primitives

/// Turns credentials into what may be stored, with keys the rule does not see.
package protocol CredentialDigests: Sendable {
    /// SHA-256 of a secret with at least 112 random bits (R34), such as an activation's or a ticket.
    func digest(ofSecret secret: String) -> [UInt8]
    /// HMAC with the pepper of a typed code, which alone is too short for a plain hash.
    func digest(ofCode code: String, for user: UserID) -> [UInt8]
    /// The counter, from 0 to 65 535, that an address shares with few others. Nobody outside can tell with which, so
    /// nobody can use up the tries of an address that is not theirs.
    func bucket(ofAddress address: String) -> Int
}

/// Makes and checks the nonces that a phone signs: 60 s expiry ‖ 16 random bytes ‖ HMAC; nothing is stored for them.
package protocol DeviceNonces: Sendable {
    /// A fresh nonce, valid for 60 s.
    func issue() -> String
    /// The parts of a nonce of ours, or nil for any other text.
    func open(_ text: String) -> DeviceNonce?
}

/// A nonce that is ours.
package struct DeviceNonce: Sendable {
    /// Its bytes, by which it is spent.
    package let bytes: [UInt8]
    package let expiresAt: Instant

    package init(bytes: [UInt8], expiresAt: Instant) {
        self.bytes = bytes
        self.expiresAt = expiresAt
    }

    /// How long a nonce is good for.
    package static let lifetime: Duration = .seconds(60)
}

// SPDX-License-Identifier: Apache-2.0
package import Primitives

/// Proof, for the portal, that a person signed in: the portal acts for them with it and for nobody else.
package struct Ticket: Sendable {
    /// SHA-256 of the 256 random bits.
    package let hash: [UInt8]
    package let userID: UserID
    /// The portal's service account.
    package let account: String
    /// What the person proved themselves with beside the password.
    package let factorKind: FactorKind
    /// When they did; a change of factors needs this to be recent.
    package let provedAt: Instant
    package let createdAt: Instant
    package let lastUsedAt: Instant

    package init(
        hash: [UInt8], userID: UserID, account: String, factorKind: FactorKind, provedAt: Instant, createdAt: Instant,
        lastUsedAt: Instant
    ) {
        self.hash = hash
        self.userID = userID
        self.account = account
        self.factorKind = factorKind
        self.provedAt = provedAt
        self.createdAt = createdAt
        self.lastUsedAt = lastUsedAt
    }

    /// Unused for longer than this ends it.
    package static let idle: Duration = .seconds(3600)
    /// The longest it lives, used or not.
    package static let lifetime: Duration = .seconds(24 * 3600)
    /// How old the proof may be for a change of factors (R37).
    package static let stepUpAge: Duration = .seconds(300)

    /// Whether it still opens anything.
    package func isAlive(at now: Instant) -> Bool {
        now < createdAt + Self.lifetime && now < lastUsedAt + Self.idle
    }
}

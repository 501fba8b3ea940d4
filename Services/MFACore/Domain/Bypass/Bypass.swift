// SPDX-License-Identifier: Apache-2.0
package import Primitives

/// Leave to sign in once without a factor, for a short time (R78): the person's next sign-in that would be asked for one
/// uses it up. A person has one or none.
package struct Bypass: Sendable, Equatable {
    package let issuedAt: Instant
    package let expiresAt: Instant
    /// The account of the administrator.
    package let issuedBy: String
    package let reason: String

    package init(issuedAt: Instant, expiresAt: Instant, issuedBy: String, reason: String) {
        self.issuedAt = issuedAt
        self.expiresAt = expiresAt
        self.issuedBy = issuedBy
        self.reason = reason
    }

    /// Whether a sign-in may still use it.
    package func isValid(at now: Instant) -> Bool { now < expiresAt }

    /// Seconds that it is good for where nobody says it, as with the predecessor.
    package static let seconds = 300
    /// Seconds that it may be good for: time to get to a keyboard, and not a working day without a second proof.
    package static let secondsRange = 10...3600
}

/// How many bypasses there may be.
package struct BypassLimits: Sendable, Equatable {
    /// What one administrator may issue on one day, by UTC; 0 for none at all.
    package let perAdministratorPerDay: Int

    package init(perAdministratorPerDay: Int = 5) {
        self.perAdministratorPerDay = perAdministratorPerDay
    }
}

/// What became of a wish for a bypass. The limit's refusal is audited, so it is an outcome and not a thrown refusal.
package enum BypassOutcome: Sendable {
    case issued(Bypass)
    case refused(Refusal)
}

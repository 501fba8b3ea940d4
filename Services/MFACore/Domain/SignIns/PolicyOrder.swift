// SPDX-License-Identifier: Apache-2.0
package import Primitives

/// What is settled before any factor is looked at (architecture.md §3, policy order).
package enum PolicyOrder {
    /// Why this person may not sign in whatever they prove; nil when factors decide.
    package static func obstacle(for user: User?, at now: Instant) -> Obstacle? {
        guard let user else { return .unknownUser }
        if !user.isEnabled { return .disabled }
        if user.isBlocked(at: now) { return .blocked }
        return nil
    }

    /// A reason for the audit; the caller hears `refused` for each of them (R19).
    package enum Obstacle: String, Sendable {
        case unknownUser = "unknown_user"
        case disabled = "user_disabled"
        case blocked = "user_blocked"
    }
}

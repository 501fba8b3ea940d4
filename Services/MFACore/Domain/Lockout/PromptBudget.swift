// SPDX-License-Identifier: Apache-2.0
package import Primitives

/// The prompts of one person since the last success of any factor (R26, NIST SP 800-63B-4 §3.1.3.2).
///
/// | what happens | what becomes of it |
/// |---|---|
/// | a prompt starts | it counts for ten minutes and for a day, and as unanswered until something else is known |
/// | it is denied or its time is over | it stays unanswered; too many in a row suspend prompts |
/// | it is withdrawn, or a wrong number is typed | it is no longer unanswered: the first is the application's doing, the second has a budget of its own |
/// | it is approved, another factor succeeds, an administrator unlocks | everything begins anew |
package struct PromptBudget: Sendable, Equatable {
    /// When prompts started, oldest first, none of them older than ``day`` when the last one started.
    package private(set) var startedAt: [Instant]
    /// Prompts in a row that were neither approved nor withdrawn, one that still waits included.
    package private(set) var unanswered: Int
    /// Since when no prompt goes to this person's phones.
    package private(set) var suspendedAt: Instant?
    /// How many unanswered ones suspend prompts, by the line of the policy under which the last one started; nil where
    /// none said it.
    package private(set) var suspendAfter: Int?

    package init(
        startedAt: [Instant] = [], unanswered: Int = 0, suspendedAt: Instant? = nil, suspendAfter: Int? = nil
    ) {
        self.startedAt = startedAt
        self.unanswered = unanswered
        self.suspendedAt = suspendedAt
        self.suspendAfter = suspendAfter
    }

    static let shortWindow: Duration = .seconds(600)
    static let day: Duration = .seconds(86_400)

    /// Whether a prompt may start at `now`; asked only when none waits.
    package func verdict(at now: Instant, limits: PromptLimits) -> PromptVerdict {
        if suspendedAt != nil || unanswered >= limits.suspendAfter { return .suspended }
        let recent = startedAt.count { now < $0 + Self.shortWindow }
        let today = startedAt.count { now < $0 + Self.day }
        return recent >= limits.perTenMinutes || today >= limits.perDay ? .limited : .allowed
    }

    /// Counts a prompt that starts.
    ///
    /// - Parameter suspendAfter: what the policy says of it; nil leaves it to the configuration.
    mutating func recordStart(at now: Instant, suspendAfter: Int?) {
        self.suspendAfter = suspendAfter
        startedAt.removeAll { now >= $0 + Self.day }
        startedAt.append(now)
        unanswered += 1
    }

    /// Takes a prompt back that ended without anybody having ignored or denied it.
    mutating func recordWithdrawal() {
        unanswered = max(0, unanswered - 1)
    }

    /// Suspends prompts when too many in a row ended unanswered.
    ///
    /// - Returns: whether that happened just now.
    mutating func suspendIfDue(at now: Instant, limits: PromptLimits) -> Bool {
        guard suspendedAt == nil, unanswered >= suspendAfter ?? limits.suspendAfter else { return false }
        suspendedAt = now
        return true
    }

    /// Begins anew.
    mutating func reset() {
        self = PromptBudget()
    }
}

/// Whether a prompt may be put before a person's phones.
package enum PromptVerdict: Sendable, Equatable {
    case allowed
    /// There were enough of them for now; time alone brings the next one.
    case limited
    /// Too many in a row were denied or ignored; only another factor or an administrator brings the next one.
    case suspended
}

/// How many prompts a person may get without a success.
package struct PromptLimits: Sendable, Equatable {
    package let perTenMinutes: Int
    package let perDay: Int
    /// Prompts in a row, denied or ignored, after which none follows.
    package let suspendAfter: Int

    package init(perTenMinutes: Int = 5, perDay: Int = 20, suspendAfter: Int = 3) {
        self.perTenMinutes = perTenMinutes
        self.perDay = perDay
        self.suspendAfter = suspendAfter
    }

    /// The most that a line of a policy may allow: R26 holds under every policy.
    package static let perTenMinutesMax = 60
    package static let perDayMax = 200
    package static let suspendAfterMax = 10
}

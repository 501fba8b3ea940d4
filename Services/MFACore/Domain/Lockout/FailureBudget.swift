// SPDX-License-Identifier: Apache-2.0
package import Primitives

/// The failures of one authenticator in a row, shared by every door and session (R14–R16).
package struct FailureBudget: Sendable, Equatable {
    /// Failures since the last success of this authenticator.
    package private(set) var failures: Int
    /// Until then the authenticator is not tried at all.
    package private(set) var delayedUntil: Instant?

    package init(failures: Int = 0, delayedUntil: Instant? = nil) {
        self.failures = failures
        self.delayedUntil = delayedUntil
    }

    /// Whether a try at `now` is refused unseen.
    package func isDelayed(at now: Instant) -> Bool {
        delayedUntil.map { now < $0 } ?? false
    }

    /// Counts one evaluated wrong answer.
    ///
    /// From the soft limit on each failure brings a delay that doubles; the hard cap, which delays do not reset, ends it.
    package mutating func recordFailure(at now: Instant, limits: FailureLimits) -> FailureVerdict {
        failures += 1
        if failures >= limits.hardCap { return .exhausted }
        guard failures >= limits.softLimit else { return .counted }
        let doublings = min(failures - limits.softLimit, 30)
        let delay = min(limits.firstDelay * (1 << doublings), limits.delayMax)
        delayedUntil = now + delay
        return .delayed
    }

    /// Forgets the failures: after a success of this authenticator, or by an administrator's unlock.
    package mutating func reset() {
        failures = 0
        delayedUntil = nil
    }
}

/// What a counted failure leads to.
package enum FailureVerdict: Sendable, Equatable {
    case counted
    case delayed
    /// The hard cap is reached: the authenticator is disabled until it is unlocked or bound anew.
    case exhausted
}

/// How many failures there may be, and how long they cost.
package struct FailureLimits: Sendable, Equatable {
    /// Failures before the first delay.
    package let softLimit: Int
    package let firstDelay: Duration
    package let delayMax: Duration
    /// Consecutive failures that disable the authenticator (NIST SP 800-63B-4 §3.2.2: at most 100).
    package let hardCap: Int

    package init(
        softLimit: Int = 5, firstDelay: Duration = .seconds(30), delayMax: Duration = .seconds(3600),
        hardCap: Int = 100
    ) {
        self.softLimit = softLimit
        self.firstDelay = firstDelay
        self.delayMax = delayMax
        self.hardCap = hardCap
    }

    /// The most that ``hardCap`` may be for an authenticator (R15).
    package static let hardCapMax = 100
}

// SPDX-License-Identifier: Apache-2.0
import Primitives

extension PersonCase {
    /// Counts one evaluated wrong answer against `factor`; at the hard cap it is disabled, and the audit says so (R15).
    ///
    /// A factor that was never confirmed ends there: an unlock makes disabled factors active, and this one has proved
    /// nothing yet (R13).
    mutating func countFailure(of factor: Factor, limits: FailureLimits) {
        var factor = factor
        let wasConfirmed = factor.state != .unconfirmed
        let verdict = factor.recordFailure(at: now, limits: limits)
        guard verdict == .exhausted else { return update(factor) }
        if wasConfirmed {
            update(factor)
        } else {
            factors.removeAll { $0.id == factor.id }
            record(.deleteFactor(factor.id))
        }
        record(
            AuditEvent(
                wasConfirmed ? "authenticator.disabled" : "factor.removed", outcome: "done", reason: "hard_cap",
                userID: factor.userID, factorID: factor.id, factorKind: factor.kind))
    }
}

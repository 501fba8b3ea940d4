// SPDX-License-Identifier: Apache-2.0
import Primitives

/// Issuing, using up and withdrawing bypasses, under the lock of the person they are for.
///
/// | step | where |
/// |---|---|
/// | an administrator issues one, and it counts for their day | ``issue(reason:for:by:in:)`` |
/// | a sign-in that would be asked is let in instead, once | ``Policy/decide(_:)``, ``SignInRules`` |
/// | it is withdrawn, or the person is blocked or disabled | ``withdraw(in:)``, ``UserRules`` |
/// | its time is over | nothing has to happen |
package struct BypassRules: Sendable {
    package let limits: BypassLimits

    package init(limits: BypassLimits = BypassLimits()) {
        self.limits = limits
    }

    /// Issues a bypass, in the place of one that there may be.
    ///
    /// - Throws: ``Refusal`` `notFound` for nobody, `conflict` for somebody whom it would not let in.
    package func issue(
        reason: String, for duration: Duration, by administrator: String, in personCase: inout PersonCase
    ) throws(Refusal) -> BypassOutcome {
        var user = try personCase.knownUser()
        guard user.maySignIn(at: personCase.now) else {
            throw Refusal(
                .conflict, detail: "This person is disabled or blocked, and a bypass would not let them in.",
                reason: "a bypass for somebody who may not sign in")
        }
        guard let issued = personCase.bypassesIssued else {
            throw Refusal(.unavailable, reason: "a bypass without its count")
        }
        let limit = limits.perAdministratorPerDay
        guard issued < limit else {
            personCase.record(
                AuditEvent(
                    "bypass.refused", outcome: "refused", reason: "daily_limit", userID: user.id,
                    detail: ["reason": reason, "limit": String(limit)]))
            return .refused(
                Refusal(
                    .forbidden, detail: "An administrator issues at most \(limit) bypasses a day, by UTC.",
                    reason: "\(administrator) issued \(issued) bypasses today"))
        }
        let bypass = Bypass(
            issuedAt: personCase.now, expiresAt: personCase.now + duration, issuedBy: administrator, reason: reason)
        var detail = ["reason": reason, "until": bypass.expiresAt.description]
        if let earlier = user.bypass, earlier.isValid(at: personCase.now) { detail["replaces"] = earlier.reason }
        let before = user
        user.bypass = bypass
        personCase.user = user
        personCase.record(.updateUser(user))
        personCase.record(.countBypass(by: administrator, limit: limit))
        personCase.record(
            .act(
                AuditEvent.Notice.bypassIssued.rawValue, on: user.id, detail: detail,
                changes: AuditChange.between(before.auditFacts, user.auditFacts)))
        return .issued(bypass)
    }

    /// Takes back a bypass that nobody used; where there is none, nothing changes.
    package func withdraw(in personCase: inout PersonCase) throws(Refusal) {
        var user = try personCase.knownUser()
        guard let bypass = user.bypass, bypass.isValid(at: personCase.now) else { return }
        let before = user
        user.bypass = nil
        personCase.user = user
        personCase.record(.updateUser(user))
        personCase.record(
            .act(
                "bypass.withdrawn", on: user.id, detail: ["reason": bypass.reason],
                changes: AuditChange.between(before.auditFacts, user.auditFacts)))
    }
}

extension PersonCase {
    /// Takes back a bypass that waits: somebody else may be at it, who would be let in by it.
    mutating func withdrawBypass(reason: String) {
        guard hasBypass, var user else { return }
        let before = user
        user.bypass = nil
        self.user = user
        record(.updateUser(user))
        record(
            .act(
                "bypass.withdrawn", on: user.id, detail: ["reason": reason],
                changes: AuditChange.between(before.auditFacts, user.auditFacts)))
    }

    /// Whether a sign-in may be let in by a bypass now.
    var hasBypass: Bool { user?.bypass?.isValid(at: now) ?? false }

    /// Uses the bypass up for `signIn`; the audit keeps who had issued it and why.
    mutating func useBypass(for signIn: SignIn) {
        guard var user, let bypass = user.bypass else { return }
        user.bypass = nil
        self.user = user
        record(.updateUser(user))
        record(
            AuditEvent(
                AuditEvent.Notice.bypassUsed.rawValue, outcome: "done", application: signIn.application,
                clientAddress: signIn.clientAddress, userID: user.id, signInID: signIn.id,
                detail: ["issued_by": bypass.issuedBy, "reason": bypass.reason]))
    }
}

// SPDX-License-Identifier: Apache-2.0
import Primitives

/// Changes of a person's account (R20: what waits for a person who may not sign in any more is denied at once).
package struct UserRules: Sendable {
    package let signIns: SignInRules

    package init(signIns: SignInRules) {
        self.signIns = signIns
    }

    /// Writes a new person; a name that somebody has is refused by the store as a conflict.
    package func create(_ user: User, in personCase: inout PersonCase) -> User {
        personCase.user = user
        personCase.record(.insertUser(user))
        personCase.record(
            .act(
                "user.created", on: user.id, detail: ["username": user.username],
                changes: AuditChange.between([:], user.auditFacts)))
        return user
    }

    /// Applies `change` to a person.
    package func update(
        in personCase: inout PersonCase, _ change: (inout User) throws(Refusal) -> Void
    ) throws(Refusal) -> User {
        var user = try personCase.knownUser()
        let before = user
        try change(&user)
        if !user.isEnabled {
            user.bypass = nil
            user.remembered = []
        }
        personCase.user = user
        personCase.record(.updateUser(user))
        var detail = ["username": user.username]
        // From which row on nobody may sign in as this person, or may again (R20).
        if user.isEnabled != before.isEnabled { detail["enabled"] = String(user.isEnabled) }
        personCase.record(
            .act(
                "user.updated", on: user.id, detail: detail,
                changes: AuditChange.between(before.auditFacts, user.auditFacts)))
        if before.isEnabled && !user.isEnabled {
            personCase.record(.endTickets(user.id))
            signIns.denyWaiting(reason: PolicyDecision.Refused.disabled.rawValue, in: &personCase)
        }
        return user
    }

    /// Removes a person with everything that is theirs; the audit stays.
    package func delete(in personCase: inout PersonCase) throws(Refusal) {
        let user = try personCase.knownUser()
        signIns.denyWaiting(reason: "user_deleted", in: &personCase)
        personCase.record(.deleteUser(user.id))
        var before = user.auditFacts
        if !personCase.factors.isEmpty {
            before["factors"] = .list(personCase.factors.map { "\($0.kind.rawValue) \($0.id)" })
        }
        personCase.record(
            .act(
                "user.deleted", on: user.id, detail: ["username": user.username],
                changes: AuditChange.between(before, [:])))
    }

    /// Refuses all sign-ins until `duration` is over, or `unblock`; what waits on the phone ends now (R20).
    ///
    /// - Parameter duration: nil for a block that only `unblock` ends.
    package func block(
        reason: String, for duration: Duration? = User.Block.duration, in personCase: inout PersonCase
    ) throws(Refusal) -> User {
        let user = try personCase.knownUser()
        personCase.block(reason: reason, for: duration)
        signIns.denyWaiting(reason: PolicyDecision.Refused.blocked.rawValue, in: &personCase)
        return personCase.user ?? user
    }

    /// Ends a block, and every stop of prompts: that of a fraud report, and that of prompts left unanswered (R26).
    ///
    /// - Parameter reason: why, for the audit.
    package func unblock(reason: String? = nil, in personCase: inout PersonCase) throws(Refusal) -> User {
        var user = try personCase.knownUser()
        let before = user
        user.block = nil
        user.promptsBlockedAt = nil
        personCase.user = user
        personCase.record(.updateUser(user))
        personCase.record(
            .act(
                "user.unblocked", on: user.id, detail: reason.map { ["reason": $0] } ?? [:],
                changes: AuditChange.between(before.auditFacts, user.auditFacts)))
        personCase.resetPrompts(reason: "administrator")
        return personCase.user ?? user
    }

    /// Resets every failure budget of the person, makes disabled factors active again (R15) and lets prompts go to the
    /// phones again (R26); only `unblock` ends what a fraud report stopped.
    package func unlock(in personCase: inout PersonCase) throws(Refusal) -> User {
        var user = try personCase.knownUser()
        let before = user
        user.password.budget.reset()
        personCase.user = user
        personCase.record(.updateUser(user))
        var changes = AuditChange.between(before.auditFacts, user.auditFacts)
        for var factor in personCase.factors where factor.budget != FailureBudget() || factor.state == .disabled {
            let locked = factor
            factor.budget.reset()
            if factor.state == .disabled { factor.state = .active }
            personCase.update(factor)
            changes += AuditChange.between(locked.auditFacts, factor.auditFacts, prefix: "factor.\(factor.id).")
        }
        personCase.record(.act("user.unlocked", on: user.id, changes: changes))
        personCase.resetPrompts(reason: "administrator")
        return personCase.user ?? user
    }

    /// Sets or removes the local password; every ticket ends with the old one, and what is remembered of sign-ins with it.
    package func setPassword(
        _ verifier: PasswordVerifier?, in personCase: inout PersonCase
    ) throws(Refusal) -> User {
        var user = try personCase.knownUser()
        let before = user
        user.password = PasswordState(verifier: verifier)
        user.remembered = []
        personCase.user = user
        personCase.record(.updateUser(user))
        personCase.record(.endTickets(user.id))
        // Another password looks the same to the audit, and is a change all the same.
        var changes = AuditChange.between(before.auditFacts, user.auditFacts).filter { $0.field != "password" }
        changes.append(
            AuditChange(
                "password", from: before.password.verifier == nil ? nil : .secret, to: verifier == nil ? nil : .secret))
        personCase.record(.act("user.password_set", on: user.id, changes: changes))
        return user
    }
}

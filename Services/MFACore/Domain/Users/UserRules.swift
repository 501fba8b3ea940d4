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
        personCase.record(.act("user.created", on: user.id, detail: ["username": user.username]))
        return user
    }

    /// Applies `change` to a person.
    package func update(
        in personCase: inout PersonCase, _ change: (inout User) throws(Refusal) -> Void
    ) throws(Refusal) -> User {
        var user = try personCase.knownUser()
        let wasEnabled = user.isEnabled
        try change(&user)
        if !user.isEnabled { user.bypass = nil }
        personCase.user = user
        personCase.record(.updateUser(user))
        var detail = ["username": user.username]
        // From which row on nobody may sign in as this person, or may again (R20).
        if user.isEnabled != wasEnabled { detail["enabled"] = String(user.isEnabled) }
        personCase.record(.act("user.updated", on: user.id, detail: detail))
        if wasEnabled && !user.isEnabled {
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
        personCase.record(.act("user.deleted", on: user.id, detail: ["username": user.username]))
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
        var detail: [String: String] = [:]
        if let reason { detail["reason"] = reason }
        if let block = user.block { detail["before"] = block.reason }
        user.block = nil
        user.promptsBlockedAt = nil
        personCase.user = user
        personCase.record(.updateUser(user))
        personCase.record(.act("user.unblocked", on: user.id, detail: detail))
        personCase.resetPrompts(reason: "administrator")
        return personCase.user ?? user
    }

    /// Resets every failure budget of the person, makes disabled factors active again (R15) and lets prompts go to the
    /// phones again (R26); only `unblock` ends what a fraud report stopped.
    package func unlock(in personCase: inout PersonCase) throws(Refusal) -> User {
        var user = try personCase.knownUser()
        user.password.budget.reset()
        personCase.user = user
        personCase.record(.updateUser(user))
        for var factor in personCase.factors where factor.budget != FailureBudget() || factor.state == .disabled {
            factor.budget.reset()
            if factor.state == .disabled { factor.state = .active }
            personCase.update(factor)
        }
        personCase.record(.act("user.unlocked", on: user.id))
        personCase.resetPrompts(reason: "administrator")
        return personCase.user ?? user
    }

    /// Sets or removes the local password; every ticket ends with the old one.
    package func setPassword(
        _ verifier: PasswordVerifier?, in personCase: inout PersonCase
    ) throws(Refusal) -> User {
        var user = try personCase.knownUser()
        user.password = PasswordState(verifier: verifier)
        personCase.user = user
        personCase.record(.updateUser(user))
        personCase.record(.endTickets(user.id))
        personCase.record(.act("user.password_set", on: user.id))
        return user
    }
}

// SPDX-License-Identifier: Apache-2.0
import Primitives

/// The person's prompt budget, kept in their row and changed under its lock (R26).
extension PersonCase {
    /// Counts a prompt that starts now, under `terms`.
    mutating func countPrompt(under terms: PolicyTerms) {
        let now = now
        changePrompts { $0.recordStart(at: now, suspendAfter: terms.suspendAfter) }
    }

    /// Takes a prompt back that was withdrawn, or answered with a wrong number.
    mutating func withdrawPrompt() { changePrompts { $0.recordWithdrawal() } }

    /// After a prompt was denied or ignored: suspends prompts when that was one too many, and says so in the audit.
    ///
    /// - Parameter limits: what holds where the policy said nothing when the prompt started.
    mutating func suspendPromptsIfDue(limits: PromptLimits) {
        var isNew = false
        let now = now
        changePrompts { isNew = $0.suspendIfDue(at: now, limits: limits) }
        guard isNew, let user else { return }
        record(
            AuditEvent(
                AuditEvent.Alarm.promptsSuspended.rawValue, outcome: "done", reason: "unanswered_prompts",
                userID: user.id, detail: ["unanswered": String(user.prompts.unanswered)]))
    }

    /// Begins the budget anew after a success or by an administrator; the audit hears when prompts were suspended.
    mutating func resetPrompts(reason: String) {
        guard let before = user else { return }
        changePrompts { $0.reset() }
        guard before.prompts.suspendedAt != nil else { return }
        record(
            AuditEvent(
                "push.resumed", outcome: "done", reason: reason, userID: before.id,
                changes: AuditChange.between(before.auditFacts, user?.auditFacts ?? [:])))
    }

    private mutating func changePrompts(_ change: (inout PromptBudget) -> Void) {
        guard var user else { return }
        change(&user.prompts)
        guard user.prompts != self.user?.prompts else { return }
        self.user = user
        record(.updateUser(user))
    }
}

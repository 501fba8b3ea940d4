// SPDX-License-Identifier: Apache-2.0
package import Primitives

/// One row of the audit: a decision, or an administrative act (R87). It is written in the transaction it tells of.
package struct AuditEvent: Sendable {
    /// Events that somebody should be told of at once; the names are also those of the alarm metric.
    package enum Alarm: String, Sendable, CaseIterable {
        /// Too many prompts in a row were denied or ignored (R26).
        case promptsSuspended = "push.suspended"
        /// A person said that a prompt was not theirs (R27).
        case fraudReported = "push.fraud"
        /// Wrong activation codes beyond a limit (R35).
        case activationGuessing = "activation.bruteforce"
    }

    /// Events that the person they are about is to hear of (R23). Whoever sends notices reads them in the audit, in the
    /// order of its chain, by these names.
    package enum Notice: String, Sendable, CaseIterable {
        /// The next sign-in needs no factor (R78).
        case bypassIssued = "bypass.created"
        /// A sign-in was let in without one.
        case bypassUsed = "bypass.used"
        /// One recovery code less; the row says how many are left (R79).
        case recoveryCodeUsed = "recovery.ok"
    }

    /// A stable name such as `otp.ok` or `user.blocked`.
    package var event: String
    /// `approved`, `denied`, `pending`, `expired`, `cancelled`, `done` or `refused`.
    package var outcome: String
    package var reason: String?
    package var application: String?
    package var clientAddress: String?
    /// The name as it was typed.
    package var userGiven: String?
    package var userID: UserID?
    package var factorID: FactorID?
    package var factorKind: FactorKind?
    package var signInID: SignInID?
    /// Further facts, without secrets.
    package var detail: [String: String]
    /// What an administrative act changed.
    package var changes: [AuditChange]

    package init(
        _ event: String, outcome: String, reason: String? = nil, application: String? = nil,
        clientAddress: String? = nil, userGiven: String? = nil, userID: UserID? = nil, factorID: FactorID? = nil,
        factorKind: FactorKind? = nil, signInID: SignInID? = nil, detail: [String: String] = [:],
        changes: [AuditChange] = []
    ) {
        self.event = event
        self.outcome = outcome
        self.reason = reason
        self.application = application
        self.clientAddress = clientAddress
        self.userGiven = userGiven
        self.userID = userID
        self.factorID = factorID
        self.factorKind = factorKind
        self.signInID = signInID
        self.detail = detail
        self.changes = changes
    }

    /// An administrative act about a person.
    package static func act(
        _ event: String, on user: UserID?, factor: Factor? = nil, detail: [String: String] = [:],
        changes: [AuditChange] = []
    ) -> AuditEvent {
        AuditEvent(
            event, outcome: "done", userID: user, factorID: factor?.id, factorKind: factor?.kind, detail: detail,
            changes: changes)
    }
}

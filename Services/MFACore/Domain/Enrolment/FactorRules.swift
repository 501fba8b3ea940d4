// SPDX-License-Identifier: Apache-2.0
import OneTimePassword
package import Primitives

/// A TOTP or HOTP factor to be made.
package struct FactorProposal: Sendable {
    package let name: String
    package let password: OneTimePasswordState
    package let secret: SecretBytes
    package let isImported: Bool

    package init(name: String, password: OneTimePasswordState, secret: SecretBytes, isImported: Bool) {
        self.name = name
        self.password = password
        self.secret = secret
        self.isImported = isImported
    }
}

/// What became of a confirmation or resynchronisation.
package struct FactorChange: Sendable {
    package let factor: Factor
    package let accepted: Bool

    package init(factor: Factor, accepted: Bool) {
        self.factor = factor
        self.accepted = accepted
    }
}

/// Making, confirming, moving on and ending factors (R13).
package struct FactorRules: Sendable {
    /// Factors that a person may own, of all kinds.
    package static let factorsMax = 20

    package let limits: FailureLimits
    package let windows: OneTimePasswordWindows

    package init(limits: FailureLimits, windows: OneTimePasswordWindows) {
        self.limits = limits
        self.windows = windows
    }

    /// Adds a factor; one with a secret of ours waits for its first passcode, an imported one is active.
    package func add(_ proposal: FactorProposal, id: FactorID, in personCase: inout PersonCase) throws(Refusal)
        -> Factor
    {
        let user = try personCase.knownUser()
        try Self.requireRoom(in: personCase)
        let factor = Factor(
            id: id, userID: user.id, name: proposal.name, state: proposal.isImported ? .active : .unconfirmed,
            isImported: proposal.isImported, createdAt: personCase.now,
            mechanism: .oneTimePassword(proposal.password))
        personCase.factors.append(factor)
        personCase.record(.insertFactor(factor, secret: proposal.secret))
        personCase.record(.endTickets(user.id))
        personCase.record(
            .act(
                "factor.added", on: user.id, factor: factor,
                changes: AuditChange.between([:], factor.auditFacts)))
        return factor
    }

    /// Gives a person a set of recovery codes; an earlier set is void with that, whole (R79).
    package func addRecoveryCodes(
        _ state: RecoveryState, name: String, id: FactorID, in personCase: inout PersonCase
    ) throws(Refusal) -> Factor {
        let user = try personCase.knownUser()
        if let earlier = personCase.factors.first(where: { $0.kind == .recovery }) {
            personCase.factors.removeAll { $0.id == earlier.id }
            personCase.record(.deleteFactor(earlier.id))
            personCase.record(
                .act(
                    "factor.removed", on: user.id, factor: earlier, detail: ["reason": "replaced"],
                    changes: AuditChange.between(earlier.auditFacts, [:])))
        } else {
            try Self.requireRoom(in: personCase)
        }
        let factor = Factor(
            id: id, userID: user.id, name: name, state: .active, createdAt: personCase.now,
            mechanism: .recovery(state))
        personCase.factors.append(factor)
        personCase.record(.insertFactor(factor, secret: nil))
        personCase.record(.endTickets(user.id))
        personCase.record(
            .act(
                "factor.added", on: user.id, factor: factor, detail: ["codes": String(state.remaining)],
                changes: AuditChange.between([:], factor.auditFacts)))
        return factor
    }

    /// Makes an unconfirmed factor active by its first passcode, which is spent by that.
    package func confirm(
        _ id: FactorID, passcode: String, in personCase: inout PersonCase
    ) throws(Refusal) -> FactorChange {
        var factor = try owned(id, in: personCase)
        let before = factor
        guard factor.state == .unconfirmed, var state = factor.oneTimePassword else {
            throw Refusal(.conflict, detail: "This factor does not wait for a confirmation.", reason: "state")
        }
        guard !factor.budget.isDelayed(at: personCase.now) else { return FactorChange(factor: factor, accepted: false) }
        let verdict = PasscodeDigits(parsing: passcode).map {
            state.judge($0, at: personCase.now, windows: windows)
        }
        factor.oneTimePassword = state
        guard verdict == .accepted else {
            return refuse(factor, "factor.confirmation_refused", in: &personCase)
        }
        factor.budget.reset()
        factor.state = .active
        personCase.update(factor)
        personCase.record(.endTickets(factor.userID))
        personCase.record(
            .act(
                "factor.confirmed", on: factor.userID, factor: factor,
                changes: AuditChange.between(before.auditFacts, factor.auditFacts)))
        return FactorChange(factor: factor, accepted: true)
    }

    /// Moves the expectation of an active factor to where its token is, by two consecutive passcodes (R7).
    package func resynchronise(
        _ id: FactorID, first: String, second: String, in personCase: inout PersonCase
    ) throws(Refusal) -> FactorChange {
        var factor = try owned(id, in: personCase)
        let before = factor
        guard factor.state == .active, var state = factor.oneTimePassword else {
            throw Refusal(.conflict, detail: "Only an active one-time factor can be resynchronised.", reason: "state")
        }
        guard !factor.budget.isDelayed(at: personCase.now) else { return FactorChange(factor: factor, accepted: false) }
        let fits: Bool
        if let first = PasscodeDigits(parsing: first), let second = PasscodeDigits(parsing: second) {
            fits = state.resynchronise(first, second, at: personCase.now, windows: windows)
        } else {
            fits = false
        }
        guard fits else { return refuse(factor, "factor.resynchronisation_refused", in: &personCase) }
        factor.oneTimePassword = state
        factor.budget.reset()
        personCase.update(factor)
        personCase.record(
            .act(
                "factor.resynchronised", on: factor.userID, factor: factor,
                changes: AuditChange.between(before.auditFacts, factor.auditFacts)))
        return FactorChange(factor: factor, accepted: true)
    }

    /// Counts a wrong passcode; a secret that cannot be read was not judged, and nothing counts (R22, R81).
    private func refuse(_ factor: Factor, _ name: String, in personCase: inout PersonCase) -> FactorChange {
        let isReadable = factor.oneTimePassword?.isReadable == true
        if isReadable { personCase.countFailure(of: factor, limits: limits) }
        personCase.record(
            AuditEvent(
                name, outcome: "refused", reason: isReadable ? "wrong_code" : "integrity", userID: factor.userID,
                factorID: factor.id, factorKind: factor.kind))
        return FactorChange(
            factor: personCase.factors.first { $0.id == factor.id } ?? factor, accepted: false)
    }

    /// Removes a factor; a phone's next call is refused at once (R33), and a prompt that only it could answer ends.
    package func remove(
        _ id: FactorID, signIns: SignInRules, in personCase: inout PersonCase
    ) throws(Refusal) -> Factor {
        let factor = try owned(id, in: personCase)
        personCase.factors.removeAll { $0.id == id }
        let canStillAnswer = personCase.factors.contains { $0.kind == .device && $0.state == .active }
        if factor.kind == .device, !canStillAnswer {
            signIns.denyWaiting(reason: "device_removed", in: &personCase)
        }
        personCase.record(.deleteFactor(id))
        personCase.forgetApprovals(by: id)
        personCase.record(.endTickets(factor.userID))
        personCase.record(
            .act(
                "factor.removed", on: factor.userID, factor: factor,
                changes: AuditChange.between(factor.auditFacts, [:])))
        return factor
    }

    /// Demands that the person may own one more factor.
    static func requireRoom(in personCase: PersonCase) throws(Refusal) {
        guard personCase.factors.count < factorsMax else {
            throw Refusal(
                .conflict, detail: "This person has \(factorsMax) factors already; remove one first.",
                reason: "too many factors")
        }
    }

    private func owned(_ id: FactorID, in personCase: PersonCase) throws(Refusal) -> Factor {
        _ = try personCase.knownUser()
        guard let factor = personCase.factors.first(where: { $0.id == id }) else {
            throw Refusal(.notFound, reason: "no such factor")
        }
        return factor
    }
}

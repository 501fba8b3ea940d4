// SPDX-License-Identifier: Apache-2.0
import DeviceProtocol
package import Primitives

/// A person's factors: listing, adding, confirming, resynchronising, removing; and activations for phones.
package struct FactorService: Sendable {
    private let store: any PersonStore
    private let rules: FactorRules
    private let activations: ActivationRules
    private let portal: PortalRules
    private let recovery: RecoveryHashing
    private let domains: IdentityDomains
    private let random: any RandomSource

    package init(
        store: any PersonStore, rules: FactorRules, activations: ActivationRules, portal: PortalRules,
        recovery: RecoveryHashing, domains: IdentityDomains, random: any RandomSource
    ) {
        self.store = store
        self.rules = rules
        self.activations = activations
        self.portal = portal
        self.recovery = recovery
        self.domains = domains
        self.random = random
    }

    /// All factors of the person in order of making.
    package func list(of reference: String, caller: Caller) async throws(Refusal) -> [Factor] {
        try await decide(reference, caller, stepUp: false) { personCase throws(Refusal) in
            _ = try personCase.knownUser()
            return personCase.factors.sorted { ($0.createdAt, $0.id) < ($1.createdAt, $1.id) }
        }
    }

    /// Adds a one-time password factor.
    package func add(
        _ proposal: FactorProposal, to reference: String, caller: Caller, keeping: AnswerKeeping<AddedFactor>
    ) async throws(Refusal) -> KeptAnswer<AddedFactor> {
        let id: FactorID = random.identifier()
        let (rules, portal) = (rules, portal)
        let secret = Base64URL.encode(random.bytes(32))
        return try await decide(reference, caller, stepUp: true, keeping: keeping) { personCase throws(Refusal) in
            let factor = try rules.add(proposal, id: id, in: &personCase)
            let ticket = Self.renewed(portal, secret, in: &personCase)
            return AddedFactor(factor: factor, user: try personCase.knownUser(), ticket: ticket)
        }
    }

    /// Gives the person a new set of recovery codes, in the place of an earlier one; the answer has the codes, once.
    ///
    /// - Throws: ``Refusal`` `unavailable` when too many hashes wait already.
    package func addRecoveryCodes(
        named name: String, to reference: String, caller: Caller, keeping: AnswerKeeping<AddedFactor>
    ) async throws(Refusal) -> KeptAnswer<AddedFactor> {
        let id: FactorID = random.identifier()
        let codes = (0..<RecoveryCode.perSet).map { _ in RecoveryCode(from: random) }
        let state = try await recovery.state(of: codes)
        let (rules, portal) = (rules, portal)
        let secret = Base64URL.encode(random.bytes(32))
        return try await decide(reference, caller, stepUp: true, keeping: keeping) { personCase throws(Refusal) in
            let factor = try rules.addRecoveryCodes(state, name: name, id: id, in: &personCase)
            let ticket = Self.renewed(portal, secret, in: &personCase)
            return AddedFactor(
                factor: factor, user: try personCase.knownUser(), recoveryCodes: codes, ticket: ticket)
        }
    }

    /// Makes an unconfirmed factor active by its first passcode.
    package func confirm(
        _ id: FactorID, of reference: String, passcode: String, caller: Caller, keeping: AnswerKeeping<ChangedFactor>
    ) async throws(Refusal) -> KeptAnswer<ChangedFactor> {
        try await change(reference, caller, keeping) { rules, personCase throws(Refusal) in
            try rules.confirm(id, passcode: passcode, in: &personCase)
        }
    }

    /// Moves a factor to where its token is.
    package func resynchronise(
        _ id: FactorID, of reference: String, passcodes: (String, String), caller: Caller,
        keeping: AnswerKeeping<ChangedFactor>
    ) async throws(Refusal) -> KeptAnswer<ChangedFactor> {
        try await change(reference, caller, keeping) { rules, personCase throws(Refusal) in
            try rules.resynchronise(id, first: passcodes.0, second: passcodes.1, in: &personCase)
        }
    }

    /// Removes a factor; the answer carries a new ticket where the change was made under one.
    package func remove(_ id: FactorID, of reference: String, caller: Caller) async throws(Refusal) -> ChangedFactor {
        let (rules, portal) = (rules, portal)
        let secret = Base64URL.encode(random.bytes(32))
        return try await decide(reference, caller, stepUp: true) { personCase throws(Refusal) in
            let factor = try rules.remove(id, signIns: portal.signIns, in: &personCase)
            let ticket = Self.renewed(portal, secret, in: &personCase)
            return ChangedFactor(change: FactorChange(factor: factor, accepted: true), ticket: ticket)
        }
    }

    /// Issues an activation for a phone.
    package func issueActivation(
        for reference: String, caller: Caller, keeping: AnswerKeeping<IssuedActivation>
    ) async throws(Refusal) -> KeptAnswer<IssuedActivation> {
        let id: ActivationID = random.identifier()
        let (secret, code) = (ActivationSecret(from: random), ActivationCode(from: random))
        let activations = activations
        return try await decide(reference, caller, stepUp: true, keeping: keeping) { personCase throws(Refusal) in
            try activations.issue(id: id, secret: secret, code: code, in: &personCase)
        }
    }

    /// Where an activation stands: `pending`, `used` or `expired`.
    package func readActivation(
        _ id: ActivationID, of reference: String, caller: Caller
    ) async throws(Refusal) -> String {
        try await decide(reference, caller, stepUp: false, reading: PersonReading(activation: .id(id))) {
            personCase throws(Refusal) in
            guard let activation = personCase.activation, activation.userID == personCase.user?.id else {
                throw Refusal(.notFound, reason: "no such activation of this person")
            }
            return activation.stateText(at: personCase.now)
        }
    }

    private func change(
        _ reference: String, _ caller: Caller, _ keeping: AnswerKeeping<ChangedFactor>,
        _ body: @escaping @Sendable (FactorRules, inout PersonCase) throws(Refusal) -> FactorChange
    ) async throws(Refusal) -> KeptAnswer<ChangedFactor> {
        let (rules, portal) = (rules, portal)
        let secret = Base64URL.encode(random.bytes(32))
        return try await decide(reference, caller, stepUp: true, keeping: keeping) { personCase throws(Refusal) in
            let change = try body(rules, &personCase)
            let ticket = change.accepted ? Self.renewed(portal, secret, in: &personCase) : nil
            return ChangedFactor(change: change, ticket: ticket)
        }
    }

    private static func renewed(_ portal: PortalRules, _ secret: String, in personCase: inout PersonCase) -> String? {
        personCase.ticket.flatMap { portal.renewTicket($0, secret: secret, in: &personCase) }
    }

    private func decide<Answer: Sendable>(
        _ reference: String, _ caller: Caller, stepUp: Bool, reading: PersonReading = PersonReading(),
        _ rule: @escaping PersonRule<Answer>
    ) async throws(Refusal) -> Answer {
        let reference = try PersonReference(reference, caller: caller, domains: domains)
        return try await store.decide(
            reference.subject, reading: reading, caller: caller.withoutIdempotency,
            rule: Self.admitting(caller, stepUp: stepUp, rule))
    }

    private func decide<Answer: Sendable>(
        _ reference: String, _ caller: Caller, stepUp: Bool, keeping: AnswerKeeping<Answer>,
        _ rule: @escaping PersonRule<Answer>
    ) async throws(Refusal) -> KeptAnswer<Answer> {
        let reference = try PersonReference(reference, caller: caller, domains: domains)
        return try await store.decide(
            reference.subject, reading: PersonReading(), caller: caller, keeping: keeping,
            rule: Self.admitting(caller, stepUp: stepUp, rule))
    }

    private static func admitting<Answer: Sendable>(
        _ caller: Caller, stepUp: Bool, _ rule: @escaping PersonRule<Answer>
    ) -> PersonRule<Answer> {
        { personCase throws(Refusal) in
            if caller.ticketHash != nil {
                _ = try PortalRules.admit(account: caller.account, stepUp: stepUp, in: &personCase)
            }
            return try rule(&personCase)
        }
    }
}

/// A factor that was added, and whose it is.
package struct AddedFactor: Sendable {
    package let factor: Factor
    package let user: User
    /// Shown once; empty for other kinds.
    package let recoveryCodes: [RecoveryCode]
    package let ticket: String?

    package init(factor: Factor, user: User, recoveryCodes: [RecoveryCode] = [], ticket: String?) {
        self.factor = factor
        self.user = user
        self.recoveryCodes = recoveryCodes
        self.ticket = ticket
    }
}

/// A factor that was changed, and the ticket that replaces the one the change was made under.
package struct ChangedFactor: Sendable {
    package let change: FactorChange
    package let ticket: String?

    package init(change: FactorChange, ticket: String?) {
        self.change = change
        self.ticket = ticket
    }
}

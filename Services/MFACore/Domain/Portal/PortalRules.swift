// SPDX-License-Identifier: Apache-2.0
package import Primitives

/// A person's sign-in to the portal: password first, then a factor, then a ticket (contract.md, Portal).
package struct PortalRules: Sendable {
    package let signIns: SignInRules
    package let digests: any CredentialDigests

    package init(signIns: SignInRules, digests: any CredentialDigests) {
        self.signIns = signIns
        self.digests = digests
    }

    /// How long a person has for choosing a factor and proving it.
    package static let timeout: Duration = .seconds(300)

    /// Begins with a password that was hashed outside; `matches` compares it with the verifier read under the lock, and
    /// is nil where it was not judged.
    package func start(
        _ request: SignInRequest, id: SignInID, caller: Caller, matches: (PasswordVerifier) -> Bool?,
        in personCase: inout PersonCase
    ) throws(Refusal) -> PortalStart {
        if let earlier = try signIns.earlier(of: caller, in: &personCase) {
            return PortalStart(
                signIn: earlier, offered: offered(personCase.judge(earlier), in: personCase), isGuess: false)
        }
        // What the policy waives elsewhere is asked here: whoever may change factors has proved one.
        let decision = personCase.judge(application: request.application, clientAddress: request.clientAddress)
        let obstacle = self.obstacle(decision, matches, in: &personCase)
        // Who did not prove the password does not hear that there is no factor, and a sign-in that kept it would say so.
        let isSecret = obstacle != nil && decision.refused == .mustEnrol
        var signIn = SignIn(
            id: id, userID: personCase.user?.id, account: caller.account, application: request.application,
            clientAddress: request.clientAddress, requested: .choice, isPortal: true, createdAt: personCase.now,
            expiresAt: personCase.now + Self.timeout, idempotency: caller.idempotency,
            explanation: isSecret ? nil : decision.kept)
        let choices = offered(decision, in: personCase)
        if let reason = obstacle ?? decision.refused?.rawValue {
            deny(&signIn, reason: reason, given: request.userGiven, in: &personCase)
        } else if choices.isEmpty {
            let hasPhone = personCase.factors.contains { $0.kind == .device && $0.state == .active }
            deny(
                &signIn, reason: hasPhone ? "prompts_stopped" : "no_factor", given: request.userGiven, in: &personCase)
        } else {
            personCase.record(signIns.event("password.ok", signIn, outcome: "pending", given: request.userGiven))
        }
        personCase.record(.insertSignIn(signIn))
        return PortalStart(signIn: signIn, offered: choices, isGuess: obstacle != nil)
    }

    /// Why it ends before a factor is looked at: the policy's refusal, or else the password. That somebody has to enrol
    /// comes after the password.
    private func obstacle(
        _ decision: PolicyDecision, _ matches: (PasswordVerifier) -> Bool?, in personCase: inout PersonCase
    ) -> String? {
        if let refused = decision.refused, refused != .mustEnrol { return refused.rawValue }
        return passwordObstacle(matches, in: &personCase)
    }

    private func passwordObstacle(
        _ matches: (PasswordVerifier) -> Bool?, in personCase: inout PersonCase
    ) -> String? {
        guard var user = personCase.user, let verifier = user.password.verifier else { return "no_password" }
        guard !user.password.budget.isDelayed(at: personCase.now) else { return "locked" }
        // Only a password that was really compared may count (R22).
        guard let isRight = matches(verifier) else { return "not_judged" }
        guard isRight else {
            // The hard cap turns into the longest delay: a password is no authenticator that could be bound anew.
            _ = user.password.budget.recordFailure(at: personCase.now, limits: Self.passwordLimits)
            personCase.user = user
            personCase.record(.updateUser(user))
            return "wrong_password"
        }
        if user.password.budget != FailureBudget() {
            user.password.budget.reset()
            personCase.user = user
            personCase.record(.updateUser(user))
        }
        return nil
    }

    private static let passwordLimits = FailureLimits(hardCap: .max)

    private func deny(_ signIn: inout SignIn, reason: String, given: String, in personCase: inout PersonCase) {
        _ = signIn.handle(.deny(.refused, retryAfterSeconds: nil), at: personCase.now)
        personCase.record(
            signIns.event("password.\(reason)", signIn, outcome: "denied", reason: reason, given: given))
    }

    private func offered(_ decision: PolicyDecision, in personCase: PersonCase) -> [RequestedFactor] {
        let active = personCase.factors.filter { $0.state == .active && decision.provable.contains($0.kind) }
        var choices: [RequestedFactor] = []
        if decision.provable.contains(.device), signIns.canBePrompted(under: decision.terms, in: personCase) {
            choices.append(.push)
        }
        if active.contains(where: { $0.takesPasscodes && !$0.isUsedUp }) { choices.append(.passcode) }
        return choices
    }

    /// Takes the person's choice; push puts the prompt before the phone.
    package func choose(
        _ factor: RequestedFactor, account: String, in personCase: inout PersonCase
    ) throws(Refusal) -> SignIn {
        var signIn = try signIns.read(account: account, in: &personCase)
        guard signIn.isPortal else { throw Refusal(.notFound, reason: "not a portal sign-in") }
        guard signIn.state == .pending else { return signIn }
        guard signIn.requested == .choice || signIn.requested == .passcode else {
            throw Refusal(.conflict, detail: "A prompt is on its way already.", reason: "chosen twice")
        }
        guard factor != .choice else {
            throw Refusal(.factorUnsupported, detail: "Choose push or passcode.", reason: "choice of choice")
        }
        signIn.requested = factor
        if factor == .push {
            let decision = personCase.judge(signIn)
            signIn.expiresAt = min(signIn.expiresAt, personCase.now + signIns.settings.timeout(decision.terms))
            if let refused = decision.refused {
                signIns.deny(&signIn, reason: refused.rawValue, given: nil, in: &personCase)
            } else {
                signIns.beginPrompt(&signIn, decision, given: nil, in: &personCase)
            }
        }
        personCase.record(.updateSignIn(signIn))
        return signIn
    }

    /// Reads a sign-in and, the first time it is seen approved, issues the ticket.
    package func readWithTicket(
        _ signIn: SignIn, secret: String, in personCase: inout PersonCase
    ) -> String? {
        guard signIn.isPortal, signIn.state == .approved, signIn.ticketIssuedAt == nil, let user = personCase.user,
            let kind = signIn.factorKind, let decidedAt = signIn.decidedAt,
            personCase.now < decidedAt + Self.timeout, personCase.judge(signIn).refused == nil
        else { return nil }
        // The proof is as old as the decision, however late it is collected.
        issueTicket(for: user, account: signIn.account, kind: kind, provedAt: decidedAt, secret, in: &personCase)
        personCase.record(.markTicketIssued(signIn.id, at: personCase.now))
        personCase.record(
            AuditEvent("ticket.issued", outcome: "done", userID: user.id, signInID: signIn.id))
        return secret
    }

    /// Replaces all tickets of a person by a new one after a change made under a ticket (R75).
    package func renewTicket(_ ticket: Ticket, secret: String, in personCase: inout PersonCase) -> String? {
        guard let user = personCase.user else { return nil }
        personCase.record(.endTickets(user.id))
        issueTicket(
            for: user, account: ticket.account, kind: ticket.factorKind, provedAt: ticket.provedAt, secret,
            in: &personCase)
        return secret
    }

    private func issueTicket(
        for user: User, account: String, kind: FactorKind, provedAt: Instant, _ secret: String,
        in personCase: inout PersonCase
    ) {
        personCase.record(
            .insertTicket(
                Ticket(
                    hash: digests.digest(ofSecret: secret), userID: user.id, account: account, factorKind: kind,
                    provedAt: provedAt, createdAt: personCase.now, lastUsedAt: personCase.now)))
    }

    /// Demands that the presented ticket opens this person, and is fresh enough for what is asked.
    package static func admit(
        account: String, stepUp: Bool, in personCase: inout PersonCase
    ) throws(Refusal) -> Ticket {
        guard let ticket = personCase.ticket, let user = personCase.user, ticket.userID == user.id,
            ticket.account == account, ticket.isAlive(at: personCase.now),
            user.maySignIn(at: personCase.now)
        else { throw Refusal(.unauthenticated, reason: "ticket unknown, ended, idle or of another account") }
        if stepUp, personCase.now >= ticket.provedAt + Ticket.stepUpAge {
            throw Refusal(.stepUpRequired, reason: "the ticket's sign-in is too old for a change of factors")
        }
        personCase.record(.touchTicket(ticket.hash))
        return ticket
    }
}

/// How a sign-in to the portal began.
package struct PortalStart: Sendable {
    package let signIn: SignIn
    /// What there is to choose from.
    package let offered: [RequestedFactor]
    /// Whether no right password stood behind it, so that it counts against the address it came from.
    package let isGuess: Bool
}

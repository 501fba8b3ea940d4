// SPDX-License-Identifier: Apache-2.0
package import Primitives

/// Starts, reads, answers and cancels sign-ins for service accounts.
package struct SignInService: Sendable {
    private let store: any PersonStore
    private let rules: SignInRules
    private let portal: PortalRules
    private let recovery: RecoveryHashing
    private let domains: IdentityDomains

    package init(
        store: any PersonStore, rules: SignInRules, portal: PortalRules, recovery: RecoveryHashing,
        domains: IdentityDomains
    ) {
        self.store = store
        self.rules = rules
        self.portal = portal
        self.recovery = recovery
        self.domains = domains
    }

    /// Begins a sign-in; with a passcode it is decided when this returns.
    package func start(_ request: SignInRequest, caller: Caller) async throws(Refusal) -> SignIn {
        let subject: PersonSubject =
            CanonicalName(request.userGiven, domains: domains).map { .name($0) } ?? .impossibleName
        let id: SignInID = rules.random.identifier()
        var wanted = request
        if let passcode = request.passcode { wanted.recovery = try await recovery.hashed(passcode, of: subject) }
        let (rules, begun) = (rules, wanted)
        let rule: PersonRule<SignIn> = { personCase throws(Refusal) in
            try rules.start(begun, id: id, caller: caller, in: &personCase)
        }
        // A passcode is judged in the batch; everything else, a recovery code too, is rarer and gets a transaction of its
        // own.
        if begun.passcode != nil, begun.recovery == nil {
            return try await store.check(subject, reading: PersonReading(), caller: caller, rule: rule)
        }
        return try await store.decide(subject, reading: PersonReading(), caller: caller, rule: rule)
    }

    /// The sign-in as it stands, with the portal's ticket the first time it is seen approved.
    package func read(_ id: SignInID, caller: Caller) async throws(Refusal) -> SignInView {
        let (rules, portal) = (rules, portal)
        let secret = Base64URL.encode(rules.random.bytes(32))
        return try await store.decide(
            .signIn(id), reading: PersonReading(signIn: id), caller: caller.withoutIdempotency
        ) { personCase throws(Refusal) in
            let signIn = try rules.read(account: caller.account, in: &personCase)
            let ticket = portal.readWithTicket(signIn, secret: secret, in: &personCase)
            return SignInView(signIn: signIn, ticket: ticket)
        }
    }

    /// Gives a pending sign-in its passcode; the answer is kept for a caller that asks again.
    package func answer(
        _ id: SignInID, passcode: String, caller: Caller, keeping: AnswerKeeping<SignInView>
    ) async throws(Refusal) -> KeptAnswer<SignInView> {
        let (rules, portal) = (rules, portal)
        let secret = Base64URL.encode(rules.random.bytes(32))
        let hashed = try await recovery.hashed(passcode, of: .signIn(id))
        return try await store.decide(
            .signIn(id), reading: PersonReading(signIn: id), caller: caller, keeping: keeping
        ) { personCase throws(Refusal) in
            let signIn = try rules.answer(passcode, recovery: hashed, account: caller.account, in: &personCase)
            let ticket = portal.readWithTicket(signIn, secret: secret, in: &personCase)
            return SignInView(signIn: signIn, ticket: ticket)
        }
    }

    /// Ends a pending sign-in.
    package func cancel(
        _ id: SignInID, caller: Caller, keeping: AnswerKeeping<SignInView>
    ) async throws(Refusal) -> KeptAnswer<SignInView> {
        let rules = rules
        return try await store.decide(
            .signIn(id), reading: PersonReading(signIn: id), caller: caller, keeping: keeping
        ) { personCase throws(Refusal) in
            SignInView(signIn: try rules.cancel(account: caller.account, in: &personCase))
        }
    }
}

/// A sign-in as its caller sees it.
package struct SignInView: Sendable {
    package let signIn: SignIn
    /// What the portal offers to choose from.
    package let offered: [RequestedFactor]
    /// The ticket, once.
    package let ticket: String?

    package init(signIn: SignIn, offered: [RequestedFactor] = [], ticket: String? = nil) {
        self.signIn = signIn
        self.offered = offered
        self.ticket = ticket
    }
}

extension Caller {
    /// The same caller for an operation that repeats safely by itself.
    package var withoutIdempotency: Caller {
        var caller = self
        caller.idempotency = nil
        return caller
    }
}

// SPDX-License-Identifier: Apache-2.0
package import Primitives

/// Everything one decision about a person needs, read under the person's lock, and everything it changes.
///
/// The store reads, a rule works on this value, the store writes what the rule left in ``changes``; all in one
/// transaction. A rule therefore never sees a connection, and never decides on rows that another copy is changing.
package struct PersonCase: Sendable {
    /// The person, or nil for a name nobody has.
    package var user: User?
    package var factors: [Factor]
    /// The prompt that waits for this person, expired ones included.
    package var pendingPrompt: SignIn?
    /// The sign-in in question: by id, or by the caller's Idempotency-Key.
    package var signIn: SignIn?
    /// The activation in question.
    package var activation: Activation?
    /// The wrong activations of the present minute; nil where nobody asked for them.
    package var activationGuesses: ActivationGuesses?
    /// The ticket that was presented.
    package var ticket: Ticket?
    /// How many bypasses the administrator in question issued today; nil where nobody asked for it.
    package var bypassesIssued: Int?
    /// What new people begin with; nil where nobody asked for it.
    package var newPersonDefaults: NewPersonDefaults?
    /// What the organisation decided, as it stood when the person was locked.
    package var policy: Policy
    /// The database's time; no other clock decides anything (R9).
    package let now: Instant
    package private(set) var changes: [PersonChange] = []
    package private(set) var audit: [AuditEvent] = []

    package init(
        user: User?, factors: [Factor] = [], pendingPrompt: SignIn? = nil, signIn: SignIn? = nil,
        activation: Activation? = nil, activationGuesses: ActivationGuesses? = nil, ticket: Ticket? = nil,
        bypassesIssued: Int? = nil, newPersonDefaults: NewPersonDefaults? = nil, policy: Policy = .builtIn,
        now: Instant
    ) {
        self.user = user
        self.factors = factors
        self.pendingPrompt = pendingPrompt
        self.signIn = signIn
        self.activation = activation
        self.activationGuesses = activationGuesses
        self.ticket = ticket
        self.bypassesIssued = bypassesIssued
        self.newPersonDefaults = newPersonDefaults
        self.policy = policy
        self.now = now
    }

    /// The person, for rules that make no sense without one.
    package func knownUser() throws(Refusal) -> User {
        guard let user else { throw Refusal(.notFound, reason: "no such user") }
        return user
    }

    /// Notes a change for the store to write.
    package mutating func record(_ change: PersonChange) { changes.append(change) }

    /// Notes an audit row for the store to write.
    package mutating func record(_ event: AuditEvent) { audit.append(event) }

    /// Replaces a factor and notes that it is to be written.
    package mutating func update(_ factor: Factor) {
        guard let index = factors.firstIndex(where: { $0.id == factor.id }) else { return }
        factors[index] = factor
        changes.removeAll { if case .updateFactor(let earlier) = $0 { earlier.id == factor.id } else { false } }
        record(.updateFactor(factor))
    }

    /// Takes a case on to the next decision about the same person: what was written stays, the notes begin anew.
    package func continued() -> PersonCase {
        var next = self
        next.changes = []
        next.audit = []
        next.signIn = nil
        return next
    }
}

/// A change that a rule decided on.
package enum PersonChange: Sendable {
    case insertUser(User)
    case updateUser(User)
    case deleteUser(UserID)
    case insertFactor(Factor, secret: SecretBytes?)
    case updateFactor(Factor)
    case deleteFactor(FactorID)
    /// Takes one code out of a set; when it is not there any more, everything is decided anew.
    case spendRecoveryCode(FactorID, hash: [UInt8])
    case insertSignIn(SignIn)
    /// Writes a sign-in that was pending when the case was read; demands that it still is.
    case updateSignIn(SignIn)
    case markTicketIssued(SignInID, at: Instant)
    case insertActivation(Activation)
    case useActivation(ActivationID, device: FactorID)
    case voidActivations(UserID)
    /// Counts a try to activate; when its address has none left meanwhile, everything is decided anew.
    case countActivation(ActivationTry)
    /// Notes that this minute's alarm about activations is raised, or that somebody else raised it: then decides anew.
    case raiseActivationAlarm
    /// Counts a bypass for the administrator's day; when there is none left meanwhile, everything is decided anew.
    case countBypass(by: String, limit: Int)
    /// Spends a device's nonce; one that was spent before refuses the whole transaction as unauthenticated.
    case spendNonce([UInt8], expiresAt: Instant)
    case insertTicket(Ticket)
    case touchTicket([UInt8])
    /// Ends all tickets of the person, or one.
    case endTickets(UserID)
    case endTicket([UInt8])
}

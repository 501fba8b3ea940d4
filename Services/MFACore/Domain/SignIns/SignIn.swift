// SPDX-License-Identifier: Apache-2.0
package import Primitives

/// One sign-in of one person: `pending → approved | denied | expired | cancelled`, exactly once (R29).
package struct SignIn: Sendable {
    package let id: SignInID
    package let userID: UserID?
    /// The service account that began it; nobody else reads or ends it.
    package let account: String
    package let application: String
    package let clientAddress: String
    package var requested: RequestedFactor
    package let isPortal: Bool
    package private(set) var state: SignInState
    /// What the caller may know of a denial.
    package private(set) var reason: DenialReason?
    package private(set) var retryAfterSeconds: Int64?
    /// The factor that decided.
    package private(set) var factorID: FactorID?
    package private(set) var factorKind: FactorKind?
    /// Wrong answers given so far.
    package private(set) var answers: Int
    package let createdAt: Instant
    package var expiresAt: Instant
    package private(set) var decidedAt: Instant?
    package var ticketIssuedAt: Instant?
    /// What waits on the person's phone, for push.
    package var prompt: Prompt?
    package var answer: SignedAnswer?
    package let idempotency: IdempotencyMark?
    /// Why nothing was asked, where the policy waived it.
    package private(set) var waiver: PolicyDecision.Waiver?
    /// Which line of the policy decided; nil for the built-in policy.
    package let explanation: PolicyExplanation?

    package init(
        id: SignInID, userID: UserID?, account: String, application: String, clientAddress: String,
        requested: RequestedFactor, isPortal: Bool = false, state: SignInState = .pending, reason: DenialReason? = nil,
        retryAfterSeconds: Int64? = nil, factorID: FactorID? = nil, factorKind: FactorKind? = nil, answers: Int = 0,
        createdAt: Instant, expiresAt: Instant, decidedAt: Instant? = nil, ticketIssuedAt: Instant? = nil,
        prompt: Prompt? = nil, answer: SignedAnswer? = nil, idempotency: IdempotencyMark? = nil,
        waiver: PolicyDecision.Waiver? = nil, explanation: PolicyExplanation? = nil
    ) {
        self.id = id
        self.userID = userID
        self.account = account
        self.application = application
        self.clientAddress = clientAddress
        self.requested = requested
        self.isPortal = isPortal
        self.state = state
        self.reason = reason
        self.retryAfterSeconds = retryAfterSeconds
        self.factorID = factorID
        self.factorKind = factorKind
        self.answers = answers
        self.createdAt = createdAt
        self.expiresAt = expiresAt
        self.decidedAt = decidedAt
        self.ticketIssuedAt = ticketIssuedAt
        self.prompt = prompt
        self.answer = answer
        self.idempotency = idempotency
        self.waiver = waiver
        self.explanation = explanation
    }

    /// Whether it was denied to somebody who has no factor yet, where the policy has them told to get one.
    package var mustEnrol: Bool {
        state == .denied && explanation?.result == PolicyDecision.Refused.mustEnrol.rawValue
    }

    /// Answers a sign-in may take before it is denied.
    package static let answersMax = 3

    /// Moves on by `event` at database time `now`; a final state takes nothing more.
    ///
    /// - Returns: whether anything changed.
    package mutating func handle(_ event: SignInEvent, at now: Instant) -> Bool {
        guard state == .pending else { return false }
        switch event {
        case .approve(let factorID, let kind):
            guard now < expiresAt else { return handle(.clockPassed, at: now) }
            self.factorID = factorID
            factorKind = kind
            finish(.approved, reason: nil, at: now)
        case .waive(let waiver):
            self.waiver = waiver
            finish(.approved, reason: nil, at: now)
        case .deny(let reason, let retryAfterSeconds):
            self.retryAfterSeconds = retryAfterSeconds
            finish(.denied, reason: reason, at: now)
        case .wrongPasscode:
            answers += 1
            if answers >= Self.answersMax { finish(.denied, reason: .refused, at: now) }
        case .clockPassed:
            guard now >= expiresAt else { return false }
            finish(.expired, reason: .expired, at: now)
        case .cancel:
            finish(.cancelled, reason: nil, at: now)
        }
        return true
    }

    private mutating func finish(_ state: SignInState, reason: DenialReason?, at now: Instant) {
        self.state = state
        self.reason = reason
        decidedAt = now
        // The number has done its work; a decided row need not keep it.
        prompt?.number = nil
    }
}

/// Where a sign-in stands.
package enum SignInState: String, Sendable, CaseIterable {
    case pending, approved, denied, expired, cancelled
}

/// Why a sign-in was denied, as far as the calling account may know (R19).
package enum DenialReason: String, Sendable, CaseIterable {
    case refused, deniedByUser, fraudReported, expired, promptPending, locked
}

/// What can happen to a sign-in.
package enum SignInEvent: Sendable {
    case approve(FactorID, FactorKind)
    /// Nothing is asked.
    case waive(PolicyDecision.Waiver)
    case deny(DenialReason, retryAfterSeconds: Int64?)
    case wrongPasscode
    case clockPassed
    case cancel
}

/// What a phone is asked, frozen as the texts that it signs.
package struct Prompt: Sendable, Equatable {
    /// The number shown at the sign-in, nil once decided or where plain approval was allowed.
    package var number: String?
    package let numberDigits: Int
    package let nonce: String
    /// RFC 3339, exactly as it is signed.
    package let createdAtText: String

    package init(number: String?, numberDigits: Int, nonce: String, createdAtText: String) {
        self.number = number
        self.numberDigits = numberDigits
        self.nonce = nonce
        self.createdAtText = createdAtText
    }
}

/// The lines a phone signed, its signature and its public key, kept so that anyone can verify them again (R24).
package struct SignedAnswer: Sendable, Equatable {
    package let message: [UInt8]
    package let signature: [UInt8]
    package let publicKey: [UInt8]

    package init(message: [UInt8], signature: [UInt8], publicKey: [UInt8]) {
        self.message = message
        self.signature = signature
        self.publicKey = publicKey
    }
}

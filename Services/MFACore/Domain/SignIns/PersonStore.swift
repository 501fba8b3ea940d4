// SPDX-License-Identifier: Apache-2.0
package import Primitives

/// How the person that a decision is about is found and locked.
package enum PersonSubject: Sendable {
    /// Nobody yet: a user is being made.
    case nobody
    case name(CanonicalName)
    /// A name that no account can have; takes the same way as any unknown one (R19).
    case impossibleName
    case user(UserID)
    case signIn(SignInID)
    case device(FactorID)
    /// SHA-256 of an activation's secret.
    case activation(secretHash: [UInt8])
    case ticket(hash: [UInt8])
}

/// What else a decision needs to see beside the person, the factors and the waiting prompt.
package struct PersonReading: Sendable {
    package var signIn: SignInID?
    package var activation: ActivationReading?
    /// The counter of wrong activations that the caller's address belongs to.
    package var guessBucket: Int?
    /// The administrator whose bypasses of today count.
    package var bypassesBy: String?
    /// Whether a new person is to be made, from what new people begin with.
    package var newPersonDefaults: Bool

    package init(
        signIn: SignInID? = nil, activation: ActivationReading? = nil, guessBucket: Int? = nil,
        bypassesBy: String? = nil, newPersonDefaults: Bool = false
    ) {
        self.signIn = signIn
        self.activation = activation
        self.guessBucket = guessBucket
        self.bypassesBy = bypassesBy
        self.newPersonDefaults = newPersonDefaults
    }

    /// Which activation is in question.
    package enum ActivationReading: Sendable {
        case id(ActivationID)
        case secretHash([UInt8])
        /// The one that a typed code may fit.
        case pending
    }
}

/// How an answer is kept for a caller that asks again with the same Idempotency-Key.
package struct AnswerKeeping<Answer: Sendable>: Sendable {
    package let status: Int
    /// Whether the body holds a secret that is shown once.
    package let isOneTime: Bool
    /// The body, or nil for an answer that is not kept.
    package let encode: @Sendable (Answer) throws -> [UInt8]?

    package init(status: Int, isOneTime: Bool = false, encode: @escaping @Sendable (Answer) throws -> [UInt8]?) {
        self.status = status
        self.isOneTime = isOneTime
        self.encode = encode
    }
}

/// A fresh answer, or the one that the same Idempotency-Key got before.
package enum KeptAnswer<Answer: Sendable>: Sendable {
    case fresh(Answer)
    case stored(status: Int, body: [UInt8])
}

/// A rule: pure, quick, and free to run again on fresh rows when the database asks for it.
package typealias PersonRule<Answer> = @Sendable (inout PersonCase) throws(Refusal) -> Answer

/// Decisions about one person at a time; the user's row is the mutex of all of them (architecture.md §5).
package protocol PersonStore: Sendable {
    /// Decides about a passcode: many people's checks share one commit.
    ///
    /// - Throws: ``Refusal`` with `unavailable` when nothing was decided or the outcome is unknown.
    func check<Answer: Sendable>(
        _ subject: PersonSubject, reading: PersonReading, caller: Caller, rule: @escaping PersonRule<Answer>
    ) async throws(Refusal) -> Answer

    /// Decides anything else about a person, in a transaction of its own.
    func decide<Answer: Sendable>(
        _ subject: PersonSubject, reading: PersonReading, caller: Caller, rule: @escaping PersonRule<Answer>
    ) async throws(Refusal) -> Answer

    /// The same, keeping the answer under the caller's Idempotency-Key in the same transaction.
    func decide<Answer: Sendable>(
        _ subject: PersonSubject, reading: PersonReading, caller: Caller, keeping: AnswerKeeping<Answer>,
        rule: @escaping PersonRule<Answer>
    ) async throws(Refusal) -> KeptAnswer<Answer>

    /// Writes audit rows for something refused before any person was locked.
    func audit(_ events: [AuditEvent], caller: Caller) async throws(Refusal)
}

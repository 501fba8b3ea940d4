// SPDX-License-Identifier: Apache-2.0
package import Primitives

/// `POST /sign-ins`: asks for a second proof.
package struct StartSignInRequest: APIRequest {
    /// The person's name in any spelling.
    package var user: String
    /// `push`, `passcode`, or nil for the person's preferred factor.
    package var factor: String?
    /// 6–8 digits with `factor: passcode`, or the 20 of a recovery code; nil starts a sign-in that waits for
    /// `POST …/answers`.
    package var passcode: String?
    /// 1–64 characters; nil is the account's own.
    package var application: String?
    /// A claim about where the person is, recorded as one.
    package var clientAddress: String?
    /// 0–55: hold the answer until a decision.
    package var waitSeconds: Int?

    package static let keyPaths: Set<String> = [
        "user", "factor", "passcode", "application", "clientAddress", "waitSeconds",
    ]

    package init(
        user: String, factor: String? = nil, passcode: String? = nil, application: String? = nil,
        clientAddress: String? = nil, waitSeconds: Int? = nil
    ) {
        self.user = user
        self.factor = factor
        self.passcode = passcode
        self.application = application
        self.clientAddress = clientAddress
        self.waitSeconds = waitSeconds
    }
}

/// The sign-in object that every sign-in operation answers with.
package struct SignInResponse: Codable, Sendable, Equatable {
    package var id: String
    /// `pending`, `approved`, `denied`, `expired` or `cancelled`.
    package var state: String
    /// `push` or `passcode` while it is open; the kind that decided (`totp`, `hotp`, `device`, `recovery`) once
    /// approved.
    package var factor: String?
    /// Why nothing was asked (`policy_allows`, `trusted_network`, `unknown_user_allowed`, `no_factor_yet`,
    /// `one_time_bypass`, `remembered_user`, `remembered_application`, `remembered_address`); only where it was waived.
    package var waiver: String?
    /// The portal's choice of factors while nothing is chosen.
    package var factors: [String]?
    /// The number to show to the person, who types it into the phone.
    package var numberToEnter: String?
    package var expiresAt: Instant?
    package var decidedAt: Instant?
    /// Why it was denied, as much as the caller may know.
    package var reason: String?
    /// With `promptPending`: when another prompt may be tried.
    package var retryAfterSeconds: Int64?
    /// `wait`, `passcode` or `choose`; `enrol` once denied to somebody who has no factor, where the policy has that told.
    package var nextStep: String?
    /// Once, on the approved answer of a portal sign-in.
    package var ticket: String?

    package init(
        id: String, state: String, factor: String? = nil, waiver: String? = nil, factors: [String]? = nil,
        numberToEnter: String? = nil, expiresAt: Instant? = nil, decidedAt: Instant? = nil, reason: String? = nil,
        retryAfterSeconds: Int64? = nil,
        nextStep: String? = nil, ticket: String? = nil
    ) {
        self.id = id
        self.state = state
        self.factor = factor
        self.waiver = waiver
        self.factors = factors
        self.numberToEnter = numberToEnter
        self.expiresAt = expiresAt
        self.decidedAt = decidedAt
        self.reason = reason
        self.retryAfterSeconds = retryAfterSeconds
        self.nextStep = nextStep
        self.ticket = ticket
    }
}

/// Bounds of a sign-in's wait.
package enum WaitLimits {
    /// Seconds a long poll may be held.
    package static let waitSecondsMax = 55
}

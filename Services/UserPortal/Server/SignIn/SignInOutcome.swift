// SPDX-License-Identifier: Apache-2.0

/// How a sign-in stands after a step.
enum SignInOutcome: Sendable, Equatable {
    /// The person has to do something: choose, type a code, or answer on the phone.
    case open(PendingSignIn)
    /// The code was wrong, and another may be tried.
    case wrongPasscode
    case approved(ticket: String)
    /// Approved, but the ticket was told to somebody else: a request of the same browser that got there first.
    case approvedElsewhere
    case refused(SignInRefusal)
}

/// Why a sign-in ended without success, as much as the person may know (R19).
package enum SignInRefusal: String, CaseIterable, Sendable {
    /// One text for whatever was wrong: name, password, code, a lock, a block.
    case refused
    case deniedByUser
    case expired
    case promptPending
    /// Name and password were right, and there is no factor yet.
    case enrol
    /// There is no session; nothing was tried.
    case signInFirst
    /// There was one, and it opens nothing any more.
    case sessionEnded
    /// What was wanted needs a sign-in of the last minutes.
    case signInAgain

    /// The key of its text.
    package var text: String {
        switch self {
        case .refused: "refusalRefused"
        case .deniedByUser: "refusalDeniedByUser"
        case .expired: "refusalExpired"
        case .promptPending: "refusalPromptPending"
        case .enrol: "refusalEnrol"
        case .signInFirst: "refusalSignInFirst"
        case .sessionEnded: "refusalSessionEnded"
        case .signInAgain: "refusalSignInAgain"
        }
    }

    /// From the contract's `state`, `reason` and `nextStep`; what is not meant for the person reads as `refused`.
    package init(state: String, reason: String?, nextStep: String? = nil) {
        switch (state, reason) {
        case ("denied", _) where nextStep == "enrol": self = .enrol
        case ("expired", _), (_, "expired"): self = .expired
        case (_, "deniedByUser"), (_, "fraudReported"): self = .deniedByUser
        case (_, "promptPending"): self = .promptPending
        default: self = .refused
        }
    }
}

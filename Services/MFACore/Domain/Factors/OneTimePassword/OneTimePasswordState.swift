// SPDX-License-Identifier: Apache-2.0
package import OneTimePassword
package import Primitives

/// A TOTP (RFC 6238) or HOTP (RFC 4226) factor: its parameters, its secret and what was spent.
package struct OneTimePasswordState: Sendable {
    /// What moves from passcode to passcode.
    package enum MovingFactor: Sendable, Equatable {
        /// Steps of 30 or 60 seconds.
        case time(periodSeconds: Int)
        case counter
    }

    /// A secret that was opened, or a mark that it could not be (R81).
    package enum Secret: Sendable {
        case open(SecretBytes)
        /// Sealed for another row, bent, or under a key that is not there.
        case unreadable
    }

    package let algorithm: OneTimePasswordAlgorithm
    package let digits: Int
    package let movingFactor: MovingFactor
    package let secret: Secret
    /// The last step or counter that was spent; nothing at or before it is ever accepted (R4).
    package var lastStep: Int64?
    /// How many steps a time-based token runs ahead (positive) or behind, learned by resynchronisation.
    package var stepOffset: Int64
    /// The first of two consecutive passcodes beyond the look-ahead of a counter-based token (R7).
    package var resyncStep: Int64?
    /// The counter at which a restore fence stands: what was spent after the backup is not known, so that no single
    /// passcode is taken before two in a row went beyond it (R91).
    package let fenceStep: Int64?

    package init(
        algorithm: OneTimePasswordAlgorithm, digits: Int, movingFactor: MovingFactor, secret: Secret,
        lastStep: Int64? = nil, stepOffset: Int64 = 0, resyncStep: Int64? = nil, fenceStep: Int64? = nil
    ) {
        self.algorithm = algorithm
        self.digits = digits
        self.movingFactor = movingFactor
        self.secret = secret
        self.lastStep = lastStep
        self.stepOffset = stepOffset
        self.resyncStep = resyncStep
        self.fenceStep = fenceStep
    }

    /// Whether nothing was spent beyond the restore fence yet.
    package var isFenced: Bool { fenceStep.map { (lastStep ?? -1) <= $0 } ?? false }

    /// Whether a passcode can be judged at all; where not, nothing counts (R22, R81).
    package var isReadable: Bool {
        if case .open = secret { true } else { false }
    }
}

/// How far passcodes may be from where the server expects them.
package struct OneTimePasswordWindows: Sendable, Equatable {
    /// Time steps on each side of the current one (RFC 6238 §5.2).
    package let steps: Int
    /// Counters ahead of the next one (RFC 4226 §7.2).
    package let lookAhead: Int
    /// Counters ahead within which two consecutive passcodes resynchronise (RFC 4226 §7.4).
    package let resynchronisation: Int
    /// Time steps on each side within which an administrator may resynchronise a token with two passcodes.
    package let resynchronisationSteps: Int

    package init(
        steps: Int = 1, lookAhead: Int = 10, resynchronisation: Int = 50, resynchronisationSteps: Int = 20
    ) {
        self.steps = steps
        self.lookAhead = lookAhead
        self.resynchronisation = resynchronisation
        self.resynchronisationSteps = resynchronisationSteps
    }
}

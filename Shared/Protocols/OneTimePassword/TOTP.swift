// SPDX-License-Identifier: Apache-2.0
package import Primitives

/// What ``TOTP/verify(_:secret:digits:algorithm:period:at:driftSteps:window:lastAccepted:)`` finds.
package enum TOTPVerdict: Equatable, Sendable {
    /// The passcode of `step`; store it as the last accepted one, atomically.
    case accepted(step: UInt64)
    /// The passcode of a step that was spent, or passed over when a later one was accepted.
    case replayed(step: UInt64)
    /// No passcode of this token that is acceptable now.
    case wrong
}

/// Where ``TOTP/resynchronise(_:_:secret:digits:algorithm:period:at:window:lastAccepted:)`` finds a token's clock.
package struct TOTPResynchronisation: Equatable, Sendable {
    /// The step of the second passcode, to be stored as accepted.
    package let step: UInt64
    /// How many steps the token is ahead of the server, negative when it is behind; pass it to later checks.
    package let driftSteps: Int64

    /// A token found at `step`, `driftSteps` away from the server.
    package init(step: UInt64, driftSteps: Int64) {
        self.step = step
        self.driftSteps = driftSteps
    }
}

/// TOTP, passcodes by time (RFC 6238): HOTP whose counter is the number of periods since 1970 (T0 = 0).
///
/// Implemented: §4.2 with 64-bit time, §5.2 validation and one-time use, §6 resynchronisation in whole steps.
/// What is compared and what is stored is always the same integer, the token's step: its drift moves where the
/// server looks, never what a step is called. Refused: steps before 1970, since no token has them.
package enum TOTP {
    /// The number of whole periods between 1970 and `now`; 0 before 1970.
    package static func step(at now: Instant, period: Int) -> UInt64 {
        precondition(OneTimePasswordLimits.periodSeconds.contains(period), "a TOTP period is 1 s to an hour")
        return UInt64(max(0, now.seconds)) / UInt64(period)
    }

    /// The passcode that a token without drift shows at `now` (§4.2).
    package static func passcode(
        secret: SecretBytes, at now: Instant, period: Int, digits: Int, algorithm: OneTimePasswordAlgorithm
    ) -> PasscodeDigits {
        HOTP.passcode(secret: secret, counter: step(at: now, period: period), digits: digits, algorithm: algorithm)
    }

    /// Decides whether `code` is the passcode of the current step or of a neighbour within `window` (§5.2).
    ///
    /// - Parameters:
    ///   - period: seconds of a step, within ``OneTimePasswordLimits/periodSeconds``.
    ///   - now: the time of the server, never one that the caller of the service sent.
    ///   - driftSteps: how far the token is ahead, as its last resynchronisation found.
    ///   - window: steps on each side, 0 to ``OneTimePasswordLimits/windowMax``; other values are cut to that range.
    ///   - lastAccepted: the highest step that this token has spent, nil before its first use.
    /// - Returns: the highest matching step, so that the same digits cannot be accepted again for a later one;
    ///   `replayed` when only steps up to `lastAccepted` match (§5.2 forbids a second use); else `wrong`.
    /// - Complexity: `2 × window + 1` HMACs whatever the code is, compared in constant time; none when the number of
    ///   digits is not that of the token.
    ///
    /// Does not count failures and cannot see a second server: the caller stores the step atomically.
    package static func verify(
        _ code: PasscodeDigits, secret: SecretBytes, digits: Int, algorithm: OneTimePasswordAlgorithm, period: Int,
        at now: Instant, driftSteps: Int64 = 0, window: Int = OneTimePasswordLimits.windowDefault,
        lastAccepted: UInt64?
    ) -> TOTPVerdict {
        guard code.count == digits else { return .wrong }
        let passcodes = PasscodeSequence(secret: secret, digits: digits, algorithm: algorithm)
        let reach = Int64(min(max(window, 0), OneTimePasswordLimits.windowMax))
        var verdict = TOTPVerdict.wrong
        for step in steps(around: step(at: now, period: period), driftSteps: driftSteps, reach: reach)
        where passcodes.passcode(at: step).matches(code) {
            if let lastAccepted, step <= lastAccepted {
                verdict = .replayed(step: step)
            } else {
                verdict = .accepted(step: step)
            }
        }
        return verdict
    }

    /// Finds two consecutive passcodes within `window` steps of the server's time (§6).
    ///
    /// Both must be later than `lastAccepted`, so that passcodes which somebody watched being used never count. Steps
    /// before the server's time do qualify, for a token whose clock is slow: call this only for somebody who has
    /// proved otherwise that they may change the factor.
    ///
    /// - Parameter window: up to ``OneTimePasswordLimits/resynchronisationWindowMax`` steps on each side.
    /// - Returns: the latest such pair, or nil.
    package static func resynchronise(
        _ first: PasscodeDigits, _ second: PasscodeDigits, secret: SecretBytes, digits: Int,
        algorithm: OneTimePasswordAlgorithm, period: Int, at now: Instant, window: Int, lastAccepted: UInt64?
    ) -> TOTPResynchronisation? {
        guard first.count == digits, second.count == digits else { return nil }
        let passcodes = PasscodeSequence(secret: secret, digits: digits, algorithm: algorithm)
        let reach = Int64(min(max(window, 0), OneTimePasswordLimits.resynchronisationWindowMax))
        let current = step(at: now, period: period)
        var candidates = steps(around: current, driftSteps: 0, reach: reach)
        if let lastAccepted, lastAccepted >= candidates.lowerBound {
            guard lastAccepted < candidates.upperBound else { return nil }
            candidates = lastAccepted + 1..<candidates.upperBound
        }
        guard let step = candidates.followers(first, second, in: passcodes).last else { return nil }
        return TOTPResynchronisation(step: step, driftSteps: Int64(step) - Int64(current))
    }

    /// The steps from `reach` before to `reach` after `current + driftSteps`, none where these cannot be stored.
    private static func steps(around current: UInt64, driftSteps: Int64, reach: Int64) -> Range<UInt64> {
        let (centre, overflows) = Int64(current).addingReportingOverflow(driftSteps)
        let last = Int64(OneTimePasswordLimits.counterMax)
        guard !overflows, centre >= -reach, centre <= last - reach else { return 0..<0 }
        return UInt64(max(0, centre - reach))..<UInt64(centre + reach + 1)
    }
}

// SPDX-License-Identifier: Apache-2.0
package import OneTimePassword
package import Primitives

/// What one factor says of a passcode.
package enum PasscodeVerdict: Sendable, Equatable {
    /// Right and not spent; the state was moved on.
    case accepted
    /// Right once, but spent.
    case replayed
    case wrong
    /// The secret could not be opened: nothing was evaluated, nothing counts (R22, R81).
    case unreadable
}

extension OneTimePasswordState {
    /// Judges `code` at `now`, and spends what it accepts.
    ///
    /// A counter-based token that was pressed too often comes back by two consecutive passcodes beyond the look-ahead;
    /// the first of them is refused and remembered (RFC 4226 §7.4). Behind a restore fence that is the only way, however
    /// near the token is (R91). A time-based token never resynchronises by itself: a stranger could walk it into the
    /// past (CVE-2019-12887).
    package mutating func judge(_ code: PasscodeDigits, at now: Instant, windows: OneTimePasswordWindows)
        -> PasscodeVerdict
    {
        guard case .open(let secret) = secret else { return .unreadable }
        switch movingFactor {
        case .time(let period):
            return judgeTime(code, secret: secret, period: period, at: now, windows: windows)
        case .counter:
            return judgeCounter(code, secret: secret, windows: windows)
        }
    }

    private mutating func judgeTime(
        _ code: PasscodeDigits, secret: SecretBytes, period: Int, at now: Instant, windows: OneTimePasswordWindows
    ) -> PasscodeVerdict {
        // A clock before 1970 is broken; its time is no step of anybody's token.
        guard now.seconds >= 0 else { return .wrong }
        let verdict = TOTP.verify(
            code, secret: secret, digits: digits, algorithm: algorithm, period: period, at: now,
            driftSteps: stepOffset, window: windows.steps, lastAccepted: lastStep.map { UInt64($0) })
        switch verdict {
        case .accepted(let step):
            lastStep = Int64(step)
            return .accepted
        case .replayed: return .replayed
        case .wrong: return .wrong
        }
    }

    private mutating func judgeCounter(
        _ code: PasscodeDigits, secret: SecretBytes, windows: OneTimePasswordWindows
    ) -> PasscodeVerdict {
        let next = nextCounter
        let verdict = HOTP.verify(
            code, secret: secret, digits: digits, algorithm: algorithm, nextCounter: next,
            lookAhead: windows.lookAhead)
        switch verdict {
        case .accepted(let counter) where !isFenced:
            spend(counter)
            return .accepted
        case .replayed: return .replayed
        case .accepted, .wrong: break
        }
        guard
            let ahead = HOTP.locate(
                code, secret: secret, digits: digits, algorithm: algorithm, nextCounter: next,
                window: windows.resynchronisation)
        else {
            // Two passcodes are consecutive only when nothing stands between them.
            resyncStep = nil
            return .wrong
        }
        if let first = resyncStep, first >= Int64(next), Int64(ahead) == first + 1 {
            spend(ahead)
            return .accepted
        }
        resyncStep = Int64(ahead)
        return .wrong
    }

    /// Takes two consecutive passcodes and moves the expectation to where the token is.
    ///
    /// - Returns: whether they fit; both must be later than anything spent.
    package mutating func resynchronise(
        _ first: PasscodeDigits, _ second: PasscodeDigits, at now: Instant, windows: OneTimePasswordWindows
    ) -> Bool {
        guard case .open(let secret) = secret else { return false }
        switch movingFactor {
        case .time(let period):
            guard
                let found = TOTP.resynchronise(
                    first, second, secret: secret, digits: digits, algorithm: algorithm, period: period, at: now,
                    window: windows.resynchronisationSteps, lastAccepted: lastStep.map { UInt64($0) })
            else { return false }
            lastStep = Int64(found.step)
            stepOffset = found.driftSteps
        case .counter:
            guard
                let counter = HOTP.resynchronise(
                    first, second, secret: secret, digits: digits, algorithm: algorithm, nextCounter: nextCounter,
                    window: OneTimePasswordLimits.resynchronisationWindowMax)
            else { return false }
            spend(counter)
        }
        return true
    }

    private var nextCounter: UInt64 { UInt64((lastStep ?? -1) + 1) }

    private mutating func spend(_ counter: UInt64) {
        lastStep = Int64(counter)
        resyncStep = nil
    }
}

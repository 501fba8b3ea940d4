// SPDX-License-Identifier: Apache-2.0
package import Primitives

/// What ``HOTP/verify(_:secret:digits:algorithm:nextCounter:lookAhead:)`` finds.
package enum HOTPVerdict: Equatable, Sendable {
    /// The passcode of `counter`; store `counter + 1` as the next one, atomically.
    case accepted(counter: UInt64)
    /// The passcode that was spent last: someone sent it twice.
    case replayed(counter: UInt64)
    /// No passcode of this token that is acceptable now.
    case wrong
}

/// HOTP, passcodes by counter (RFC 4226).
///
/// Implemented: §5.3 generation, with the hashes of RFC 6238 besides SHA-1; §7.2 validation with look-ahead; §7.4
/// resynchronisation. Not here: throttling (§7.3), which is the rule's, and bi-directional authentication (§7.5).
package enum HOTP {
    /// The passcode of `counter` with `digits` (6–8) digits (§5.3).
    package static func passcode(
        secret: SecretBytes, counter: UInt64, digits: Int, algorithm: OneTimePasswordAlgorithm
    ) -> PasscodeDigits {
        PasscodeSequence(secret: secret, digits: digits, algorithm: algorithm).passcode(at: counter)
    }

    /// Decides whether `code` is the passcode of `nextCounter` or of one of the `lookAhead` counters after it (§7.2).
    ///
    /// - Parameters:
    ///   - nextCounter: the first counter that is not spent; everything below it is gone for good.
    ///   - lookAhead: 0 to ``OneTimePasswordLimits/lookAheadMax``; other values are cut to that range.
    /// - Returns: the lowest matching counter, since a higher one would lock out a token that did not get there yet;
    ///   `replayed` for the passcode of `nextCounter - 1`; else `wrong`.
    /// - Complexity: `lookAhead + 2` HMACs whatever the code is, compared in constant time; none when the number of
    ///   digits is not that of the token.
    ///
    /// Does not count failures and cannot see a second server: the caller advances the counter atomically.
    package static func verify(
        _ code: PasscodeDigits, secret: SecretBytes, digits: Int, algorithm: OneTimePasswordAlgorithm,
        nextCounter: UInt64, lookAhead: Int = OneTimePasswordLimits.lookAheadDefault
    ) -> HOTPVerdict {
        guard code.count == digits else { return .wrong }
        let passcodes = PasscodeSequence(secret: secret, digits: digits, algorithm: algorithm)
        var verdict = HOTPVerdict.wrong
        if nextCounter > 0, passcodes.passcode(at: nextCounter - 1).matches(code) {
            verdict = .replayed(counter: nextCounter - 1)
        }
        let width = min(max(lookAhead, 0), OneTimePasswordLimits.lookAheadMax) + 1
        for counter in counters(from: nextCounter, width: width).reversed()
        where passcodes.passcode(at: counter).matches(code) {
            verdict = .accepted(counter: counter)
        }
        return verdict
    }

    /// Finds a counter by its passcode among the `window` counters from `nextCounter` on, without accepting it.
    ///
    /// A rule that resynchronises by itself keeps the counter found for a wrong passcode and accepts the next passcode
    /// only if it is that of the following counter (§7.4).
    package static func locate(
        _ code: PasscodeDigits, secret: SecretBytes, digits: Int, algorithm: OneTimePasswordAlgorithm,
        nextCounter: UInt64, window: Int
    ) -> UInt64? {
        guard code.count == digits else { return nil }
        let passcodes = PasscodeSequence(secret: secret, digits: digits, algorithm: algorithm)
        var found: UInt64?
        for counter in counters(from: nextCounter, width: clamped(window)).reversed()
        where passcodes.passcode(at: counter).matches(code) {
            found = counter
        }
        return found
    }

    /// Finds two consecutive passcodes among the `window` counters from `nextCounter` on (§7.4).
    ///
    /// - Parameter window: up to ``OneTimePasswordLimits/resynchronisationWindowMax``; both passcodes lie within it.
    /// - Returns: the counter of the second passcode, to be treated as accepted; nil when the two are not consecutive,
    ///   not in order, or not both unspent.
    package static func resynchronise(
        _ first: PasscodeDigits, _ second: PasscodeDigits, secret: SecretBytes, digits: Int,
        algorithm: OneTimePasswordAlgorithm, nextCounter: UInt64, window: Int
    ) -> UInt64? {
        guard first.count == digits, second.count == digits else { return nil }
        let passcodes = PasscodeSequence(secret: secret, digits: digits, algorithm: algorithm)
        return counters(from: nextCounter, width: clamped(window)).followers(first, second, in: passcodes).first
    }

    /// `width` counters from `next` on, cut where a successor would no longer fit the column that holds it.
    private static func counters(from next: UInt64, width: Int) -> Range<UInt64> {
        let end = OneTimePasswordLimits.counterMax + 1
        guard next < end else { return next..<next }
        return next..<next + min(UInt64(width), end - next)
    }

    private static func clamped(_ window: Int) -> Int {
        min(max(window, 0), OneTimePasswordLimits.resynchronisationWindowMax)
    }
}

extension Range<UInt64> {
    /// The counters in this range whose passcode is `second` while that of the counter before them, also in this
    /// range, is `first`; every passcode is computed and compared, whatever matches.
    func followers(_ first: PasscodeDigits, _ second: PasscodeDigits, in passcodes: PasscodeSequence) -> [UInt64] {
        var found: [UInt64] = []
        var precededByFirst = false
        for counter in self {
            let passcode = passcodes.passcode(at: counter)
            let isSecond = passcode.matches(second)
            if precededByFirst && isSecond { found.append(counter) }
            precededByFirst = passcode.matches(first)
        }
        return found
    }
}

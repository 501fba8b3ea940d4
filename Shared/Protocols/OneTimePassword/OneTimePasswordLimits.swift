// SPDX-License-Identifier: Apache-2.0

/// Bounds of one-time passwords; wider wishes are cut to these, because each further candidate helps whoever guesses.
package enum OneTimePasswordLimits {
    /// Lengths of a passcode: six is the least of RFC 4226 §5.3, eight the most that common tokens show.
    package static let digits = 6...8
    /// Seconds of a TOTP step that can be configured; tokens use 30 or 60.
    package static let periodSeconds = 1...3600
    /// Steps on each side of the current one that are accepted: one, as RFC 6238 §5.2 recommends.
    package static let windowDefault = 1
    /// With ten, a code of 30 s lives about ten minutes: the most that is defensible for tokens with bad clocks.
    package static let windowMax = 10
    /// Counters beyond the next one that are accepted (RFC 4226 §7.2: small, against guessing).
    package static let lookAheadDefault = 10
    /// A button pressed more often than this between two sign-ins needs resynchronisation.
    package static let lookAheadMax = 100
    /// How far two consecutive passcodes together may lie from where they are expected (RFC 4226 §7.4).
    package static let resynchronisationWindowMax = 1000
    /// The largest counter or step that is accepted: its successor still fits a signed 64-bit column.
    package static let counterMax = UInt64(Int64.max) - 1
    /// No `otpauth` URI in use comes near this; longer ones are refused unread.
    package static let uriBytesMax = 4096
}

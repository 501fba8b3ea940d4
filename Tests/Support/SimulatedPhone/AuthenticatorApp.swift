// SPDX-License-Identifier: Apache-2.0
import Foundation
import OneTimePassword
package import Primitives

/// An app for one-time passcodes, holding one account that was read from a QR code.
package struct AuthenticatorApp: Sendable {
    private let account: OTPAuthURI

    /// Reads an `otpauth` URI; nil when it is not one.
    package init?(uri: String) {
        guard let account = OTPAuthURI(parsing: uri) else { return nil }
        self.account = account
    }

    /// The passcode of this moment, by the clock of this machine.
    package func passcode() -> String {
        passcode(at: Instant(microseconds: Int64(Date().timeIntervalSince1970 * 1_000_000)))
    }

    /// The passcode that the app shows at `now`, or after the button was pressed `presses` times for a counter.
    package func passcode(at now: Instant, presses: UInt64 = 0) -> String {
        let digits =
            switch account.kind {
            case .totp(let period):
                TOTP.passcode(
                    secret: account.secret, at: now, period: period, digits: account.digits,
                    algorithm: account.algorithm)
            case .hotp(let counter):
                HOTP.passcode(
                    secret: account.secret, counter: counter + presses, digits: account.digits,
                    algorithm: account.algorithm)
            }
        return digits.text
    }
}

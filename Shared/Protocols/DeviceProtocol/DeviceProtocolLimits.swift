// SPDX-License-Identifier: Apache-2.0

/// Bounds of what a phone and the suite tell each other.
package enum DeviceProtocolLimits {
    /// Random bytes of a new activation secret: 160 bits, above the 112 that NIST SP 800-63B-4 §4.1.2.2 asks for.
    package static let activationSecretBytes = 20
    /// Sizes of an activation secret that are read at all; the least is 128 bits.
    package static let activationSecretBytesAccepted = 16...64
    /// Symbols of a typed activation code, five random bits each: 40 bits, usable only together with a user name.
    package static let activationCodeSymbols = 8
    /// What an activation code may be long when typed with separators; longer text is refused unread.
    package static let activationCodeTypedBytesMax = 32
    /// A link must fit a QR code that cheap cameras read.
    package static let activationLinkBytesMax = 2048
    /// Digits of the number that a person carries from the login page to the phone.
    package static let numberDigits = 2...8
    /// r and s of P-256 side by side.
    package static let signatureBytes = 64
}

// SPDX-License-Identifier: Apache-2.0

/// The hash under the HMAC of a one-time password, by the name that `otpauth` URIs use.
package enum OneTimePasswordAlgorithm: String, CaseIterable, Sendable {
    /// HMAC-SHA-1, the only one of RFC 4226 and the default everywhere.
    case sha1 = "SHA1"
    /// HMAC-SHA-256 (RFC 6238 §1.2).
    case sha256 = "SHA256"
    /// HMAC-SHA-512 (RFC 6238 §1.2).
    case sha512 = "SHA512"
}

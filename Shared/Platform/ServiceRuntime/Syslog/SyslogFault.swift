// SPDX-License-Identifier: Apache-2.0

/// Why a syslog receiver has not taken what it was sent, as far as anybody can know here.
package struct SyslogFault: Error, Equatable, CustomStringConvertible {
    package enum Code: String, Sendable, CaseIterable {
        /// Nobody answers there.
        case unreachable
        /// TLS did not come about: another authority, another name, or it wants a certificate. Nothing was sent.
        case untrusted
        /// The connection ended before the receiver had read everything.
        case broken
        /// It did not read everything in time.
        case silent
    }

    package let code: Code
    /// For the log.
    package let reason: String

    package init(_ code: Code, _ reason: String) {
        self.code = code
        self.reason = reason
    }

    package var description: String { "\(code.rawValue): \(reason)" }
}

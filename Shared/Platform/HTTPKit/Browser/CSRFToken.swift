// SPDX-License-Identifier: Apache-2.0
package import Primitives

/// The random value that a session keeps and each of its forms sends back (R76).
///
/// It says nothing about the session's id. A new one belongs to every new session id.
package struct CSRFToken: Sendable {
    private let secret: SecretBytes

    /// A fresh token of 256 bits.
    package init(random: some RandomSource = SystemRandomSource()) {
        self.secret = SecretBytes(utf8: Base64URL.encode(random.bytes(32)))
    }

    /// The token that a session has kept.
    package init(stored: SecretBytes) {
        self.secret = stored
    }

    /// What goes into the session and into the form field.
    package var text: String {
        secret.withBytes { String(decoding: $0, as: UTF8.self) }
    }

    /// Refuses a missing or wrong field with 403 `forbidden`, in time that does not depend on where it differs.
    package func verify(_ presented: String?) throws(Problem) {
        let matches = secret.withBytes { expected in
            !expected.isEmpty && ConstantTime.equal(expected, Array((presented ?? "").utf8))
        }
        guard matches else {
            throw Problem(
                EdgeCode.forbidden, detail: "The form is out of date; load the page again.", reason: "CSRF token")
        }
    }
}

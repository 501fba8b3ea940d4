// SPDX-License-Identifier: Apache-2.0
package import Primitives

/// The one-time secret in an activation link, as text: base64url, which is also what the phone sends and signs.
///
/// Printing hides it; ``text`` is the one way to see it.
package struct ActivationSecret: Sendable, CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
    /// The secret as it stands in links, bodies and signed lines.
    package let text: String

    /// A fresh secret of ``DeviceProtocolLimits/activationSecretBytes`` random bytes.
    package init(from random: some RandomSource) {
        text = Base64URL.encode(random.bytes(DeviceProtocolLimits.activationSecretBytes))
    }

    /// Reads base64url of 16 to 64 bytes; nil for anything else.
    package init?(parsing text: some StringProtocol) {
        guard text.utf8.count <= DeviceProtocolLimits.activationSecretBytesAccepted.upperBound * 2,
            let bytes = Base64URL.decode(text),
            DeviceProtocolLimits.activationSecretBytesAccepted.contains(bytes.count)
        else { return nil }
        self.text = String(text)
    }

    package var description: String { "ActivationSecret" }
    package var debugDescription: String { description }
    package var customMirror: Mirror { Mirror(self, children: []) }
}

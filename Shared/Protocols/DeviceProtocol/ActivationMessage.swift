// SPDX-License-Identifier: Apache-2.0

/// What the phone shows to be activated, exactly as it stands in the body.
package enum ActivationCredential: Sendable {
    /// The secret of the activation link.
    case secret(String)
    /// A typed code, which opens nothing without the user's name.
    case typed(user: String, code: String)
}

/// `countersign-activation-v1`: proves that whoever activates holds the private key, and binds it to the secret.
package struct ActivationMessage: Sendable {
    /// What is signed.
    package let bytes: [UInt8]

    /// Nil when a value holds a line feed.
    package init?(credential: ActivationCredential, publicKey: DevicePublicKey) {
        let shown =
            switch credential {
            case .secret(let secret): [secret]
            case .typed(let user, let code): [user, code]
            }
        let lines = ["countersign-activation-v1"] + shown + [SignedLines.digest(publicKey.der)]
        guard let bytes = SignedLines.bytes(of: lines) else { return nil }
        self.bytes = bytes
    }
}

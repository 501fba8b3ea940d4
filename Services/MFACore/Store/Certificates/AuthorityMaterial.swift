// SPDX-License-Identifier: Apache-2.0
package import Primitives

/// The internal certificate authority as the database keeps it: its certificate, and its key, which stands there sealed.
package struct AuthorityMaterial: Sendable {
    /// DER.
    package let certificate: [UInt8]
    /// The 32 bytes of the P-256 key.
    package let privateKey: SecretBytes

    package init(certificate: [UInt8], privateKey: SecretBytes) {
        self.certificate = certificate
        self.privateKey = privateKey
    }

    static func place(in instance: InstanceID) -> SealPlace {
        SealPlace(
            purpose: "certificate-authority", table: "certificate_authority", row: "1", owner: instance.description,
            secretVersion: 1)
    }
}

// SPDX-License-Identifier: Apache-2.0
package import MFAAPI

/// A service account as the door knows it.
package struct DoorAccount: Sendable, Equatable {
    package let name: String
    package let scopes: Set<Scope>
    /// The one application it may name; nil for any.
    package let application: String?
    package let isDisabled: Bool
    /// SHA-256 of each live secret, by the secret's id.
    package let secrets: [String: [UInt8]]

    package init(
        name: String, scopes: Set<Scope>, application: String? = nil, isDisabled: Bool = false,
        secrets: [String: [UInt8]]
    ) {
        self.name = name
        self.scopes = scopes
        self.application = application
        self.isDisabled = isDisabled
        self.secrets = secrets
    }
}

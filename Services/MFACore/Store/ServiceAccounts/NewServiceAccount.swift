// SPDX-License-Identifier: Apache-2.0
package import MFADomain
package import Primitives

/// A service account to be made.
package struct NewServiceAccount: Sendable {
    package let id: ServiceAccountID
    package let name: String
    package let scopes: [String]
    package let application: String?
    package let networks: [String]
    package let limits: ServiceAccount.Limits
    /// What its client certificates are known by.
    package let certificates: [String]

    package init(
        id: ServiceAccountID, name: String, scopes: [String], application: String?, networks: [String],
        limits: ServiceAccount.Limits = .init(), certificates: [String] = []
    ) {
        self.id = id
        self.name = name
        self.scopes = scopes
        self.application = application
        self.networks = networks
        self.limits = limits
        self.certificates = certificates
    }
}

// SPDX-License-Identifier: Apache-2.0
package import Primitives

/// An account of a system that calls sdk-service; its secret is known only as a hash.
package struct ServiceAccount: Sendable {
    package let id: ServiceAccountID
    package let name: String
    package let scopes: [String]
    package let application: String?
    package let networks: [String]
    package let createdAt: Instant
    package let createdBy: String
    package let disabledAt: Instant?
    package let removedAt: Instant?

    package init(
        id: ServiceAccountID, name: String, scopes: [String], application: String?, networks: [String],
        createdAt: Instant, createdBy: String, disabledAt: Instant? = nil, removedAt: Instant? = nil
    ) {
        self.id = id
        self.name = name
        self.scopes = scopes
        self.application = application
        self.networks = networks
        self.createdAt = createdAt
        self.createdBy = createdBy
        self.disabledAt = disabledAt
        self.removedAt = removedAt
    }
}

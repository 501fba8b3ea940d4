// SPDX-License-Identifier: Apache-2.0
package import Primitives

/// An account of a system that calls sdk-service; its secrets are known only as hashes.
package struct ServiceAccount: Sendable {
    /// Something that opens the door to an account for a time: a secret by its id, or a certificate by its mark.
    package struct Credential: Sendable, Equatable {
        package let name: String
        package let createdAt: Instant
        /// When it ends, by the database's time; nil while nothing follows it.
        package let endsAt: Instant?

        package init(name: String, createdAt: Instant, endsAt: Instant?) {
            self.name = name
            self.createdAt = createdAt
            self.endsAt = endsAt
        }
    }

    /// How much of one copy of sdk-service it may take; nil where it has the limits of everybody.
    package struct Limits: Sendable, Equatable {
        package var ratePerSecond: Int?
        package var concurrencyMax: Int?
        package var waitingMax: Int?

        package init(ratePerSecond: Int? = nil, concurrencyMax: Int? = nil, waitingMax: Int? = nil) {
            self.ratePerSecond = ratePerSecond
            self.concurrencyMax = concurrencyMax
            self.waitingMax = waitingMax
        }
    }

    package let id: ServiceAccountID
    package let name: String
    package let scopes: [String]
    package let application: String?
    package let networks: [String]
    package let limits: Limits
    package let createdAt: Instant
    package let createdBy: String
    package let disabledAt: Instant?
    package let removedAt: Instant?
    /// Those that are live, the oldest first.
    package let secrets: [Credential]
    package let certificates: [Credential]

    package init(
        id: ServiceAccountID, name: String, scopes: [String], application: String?, networks: [String],
        limits: Limits = Limits(), createdAt: Instant, createdBy: String, disabledAt: Instant? = nil,
        removedAt: Instant? = nil, secrets: [Credential] = [], certificates: [Credential] = []
    ) {
        self.id = id
        self.name = name
        self.scopes = scopes
        self.application = application
        self.networks = networks
        self.limits = limits
        self.createdAt = createdAt
        self.createdBy = createdBy
        self.disabledAt = disabledAt
        self.removedAt = removedAt
        self.secrets = secrets
        self.certificates = certificates
    }
}

// SPDX-License-Identifier: Apache-2.0
package import MFAAPI
package import Primitives

/// A service account as the door knows it.
package struct DoorAccount: Sendable, Equatable {
    package let name: String
    package let scopes: Set<Scope>
    /// The one application it may name; nil for any.
    package let application: String?
    /// Where it may call from; nil for anywhere.
    package let networks: [IPNetwork]?
    package let isDisabled: Bool
    /// SHA-256 of each live secret, by the secret's id.
    package let secrets: [String: [UInt8]]
    /// What its live client certificates are known by.
    package var certificates: Set<String> = []
    /// Its own limits, in the place of everybody's.
    package var limits = AccountLimitOverrides()

    package init(
        name: String, scopes: Set<Scope>, application: String? = nil, networks: [IPNetwork]? = nil,
        isDisabled: Bool = false, secrets: [String: [UInt8]]
    ) {
        self.name = name
        self.scopes = scopes
        self.application = application
        self.networks = networks
        self.isDisabled = isDisabled
        self.secrets = secrets
    }

    /// Whether it may call from `peer`, nil for an address that is not known.
    func mayCall(from peer: IPAddress?) -> Bool {
        guard let networks else { return true }
        return peer.map { peer in networks.contains { $0.contains(peer) } } ?? false
    }
}

// SPDX-License-Identifier: Apache-2.0
package import Primitives

/// Who asks the rule for something, and by which door.
package struct Caller: Sendable {
    /// The service account's name, or `cli:<user>`.
    package let account: String
    /// `sdk`, `portal`, `mobile` or `cli`.
    package let frontEnd: String
    /// The application that the account is bound to, if any.
    package let boundApplication: String?
    /// The address the caller's connection came from.
    package let peer: String
    package let requestID: String
    /// The Idempotency-Key and request as hashes, when a key was sent.
    package internal(set) var idempotency: IdempotencyMark?
    /// SHA-256 of the ticket that a portal presents for one person.
    package let ticketHash: [UInt8]?
    /// Where a phone's request came from, as a claim of the service that took it; empty for callers that are no phones.
    package private(set) var phoneAddress = ""
    /// How long the caller will still wait, if it said so.
    package let patience: Duration?
    /// When the caller is gone, by the database's time.
    package let expiresAt: Instant?

    package init(
        account: String, frontEnd: String, boundApplication: String? = nil, peer: String = "", requestID: String = "",
        idempotency: IdempotencyMark? = nil, ticketHash: [UInt8]? = nil, patience: Duration? = nil,
        expiresAt: Instant? = nil
    ) {
        self.account = account
        self.frontEnd = frontEnd
        self.boundApplication = boundApplication
        self.peer = peer
        self.requestID = requestID
        self.idempotency = idempotency
        self.ticketHash = ticketHash
        self.patience = patience
        self.expiresAt = expiresAt
    }

    /// Refuses what would be done for a caller that waits no more (R97).
    package func checkPresence(at now: Instant) throws(Refusal) {
        guard let expiresAt, now >= expiresAt else { return }
        throw Refusal(.unavailable, reason: "the request came after its caller's deadline")
    }

    /// The same caller, handing on what a phone at `address` asks for.
    package func speaking(forPhoneAt address: String) -> Caller {
        var caller = self
        caller.phoneAddress = address
        return caller
    }
}

/// An Idempotency-Key with the request it came with, both as HMACs because requests hold passcodes.
package struct IdempotencyMark: Sendable, Hashable {
    package let keyHash: [UInt8]
    package let requestHash: [UInt8]

    package init(keyHash: [UInt8], requestHash: [UInt8]) {
        self.keyHash = keyHash
        self.requestHash = requestHash
    }
}

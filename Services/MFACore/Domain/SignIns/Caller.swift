// SPDX-License-Identifier: Apache-2.0
import Primitives

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
    package let idempotency: IdempotencyMark?
    /// SHA-256 of the ticket that a portal presents for one person.
    package let ticketHash: [UInt8]?

    package init(
        account: String, frontEnd: String, boundApplication: String? = nil, peer: String = "", requestID: String = "",
        idempotency: IdempotencyMark? = nil, ticketHash: [UInt8]? = nil
    ) {
        self.account = account
        self.frontEnd = frontEnd
        self.boundApplication = boundApplication
        self.peer = peer
        self.requestID = requestID
        self.idempotency = idempotency
        self.ticketHash = ticketHash
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

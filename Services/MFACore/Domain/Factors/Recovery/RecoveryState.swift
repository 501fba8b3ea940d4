// SPDX-License-Identifier: Apache-2.0
import Primitives

/// A person's recovery codes: what verifies those that are not spent (R79).
package struct RecoveryState: Sendable, Equatable {
    /// One salt for the whole set, so that a typed code is hashed once, however many there are.
    package let salt: [UInt8]
    /// log₂ N of scrypt.
    package let cost: Int
    /// Slow hashes of the codes that are not spent.
    package private(set) var hashes: [[UInt8]]

    package init(salt: [UInt8], cost: Int, hashes: [[UInt8]]) {
        self.salt = salt
        self.cost = cost
        self.hashes = hashes
    }

    /// Codes that can still be used.
    package var remaining: Int { hashes.count }

    /// Judges a code, and spends what it accepts. A code that was hashed for an earlier set is none of this one.
    package mutating func judge(_ code: HashedRecoveryCode) -> PasscodeVerdict {
        guard code.salt == salt, code.cost == cost else { return .wrong }
        var found: Int?
        for (index, hash) in hashes.enumerated() where ConstantTime.equal(hash, code.hash) { found = index }
        guard let found else { return .wrong }
        hashes.remove(at: found)
        return .accepted
    }
}

/// What somebody typed as a recovery code, hashed like the codes of the person that they said to be.
package struct HashedRecoveryCode: Sendable, Equatable {
    package let salt: [UInt8]
    package let cost: Int
    package let hash: [UInt8]

    package init(salt: [UInt8], cost: Int, hash: [UInt8]) {
        self.salt = salt
        self.cost = cost
        self.hash = hash
    }
}

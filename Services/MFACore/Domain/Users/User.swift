// SPDX-License-Identifier: Apache-2.0
package import Primitives

/// A person who signs in.
package struct User: Sendable {
    /// A telephone number and what kind it is.
    package struct Phone: Sendable, Equatable {
        package var kind: String
        package var number: String

        package init(kind: String, number: String) {
            self.kind = kind
            self.number = number
        }
    }

    /// Why and until when nobody signs in as this person.
    package struct Block: Sendable, Equatable {
        package var at: Instant
        /// Nil: only an unblock ends it.
        package var until: Instant?
        package var reason: String

        package init(at: Instant, until: Instant?, reason: String) {
            self.at = at
            self.until = until
            self.reason = reason
        }

        /// How long a block lasts where nobody says it, as with the predecessor.
        package static let duration: Duration = .seconds(90 * 86_400)
        /// The longest one that ends by itself: ten years.
        package static let secondsMax = 3650 * 86_400
        /// The reason of a block that the person brought about by a report of fraud.
        package static let fraudReported = "fraud reported"
        /// What the audit says in the place of the end of a block that has none.
        static let endless = "unblocked"
    }

    package let id: UserID
    package var username: String
    package var canonicalName: String
    package var displayName: String?
    package var email: String?
    package var phones: [Phone]
    package var language: String?
    package var preferredFactor: RequestedFactor?
    /// Names of groups that the person is in, in order.
    package var groups: [String]
    package var isEnabled: Bool
    package var block: Block?
    package var bypass: Bypass?
    /// Set by a fraud report: prompts stay away until an administrator unblocks.
    package var promptsBlockedAt: Instant?
    package var prompts: PromptBudget
    /// What the person proved lately, the latest first, where a policy remembers it.
    package var remembered: [RememberedApproval]
    package var password: PasswordState
    package let createdAt: Instant

    package init(
        id: UserID, username: String, canonicalName: String, displayName: String? = nil, email: String? = nil,
        phones: [Phone] = [], language: String? = nil, preferredFactor: RequestedFactor? = nil,
        groups: [String] = [], isEnabled: Bool = true,
        block: Block? = nil, bypass: Bypass? = nil, promptsBlockedAt: Instant? = nil,
        prompts: PromptBudget = PromptBudget(), remembered: [RememberedApproval] = [],
        password: PasswordState = PasswordState(), createdAt: Instant
    ) {
        self.id = id
        self.username = username
        self.canonicalName = canonicalName
        self.displayName = displayName
        self.email = email
        self.phones = phones
        self.language = language
        self.preferredFactor = preferredFactor
        self.groups = groups
        self.isEnabled = isEnabled
        self.block = block
        self.bypass = bypass
        self.promptsBlockedAt = promptsBlockedAt
        self.prompts = prompts
        self.remembered = remembered
        self.password = password
        self.createdAt = createdAt
    }

    /// Whether this person may sign in at all; what they then prove is another question.
    package func maySignIn(at now: Instant) -> Bool { isEnabled && !isBlocked(at: now) }

    /// The person as shown at `now`: a block or a bypass whose time is over is none.
    package func seen(at now: Instant) -> User {
        var user = self
        if !isBlocked(at: now) { user.block = nil }
        if let bypass, !bypass.isValid(at: now) { user.bypass = nil }
        return user
    }

    /// Whether sign-ins are refused at `now` because of a block.
    package func isBlocked(at now: Instant) -> Bool {
        guard let block else { return false }
        return block.until.map { now < $0 } ?? true
    }
}

/// A local password: what verifies it, and its failure budget.
package struct PasswordState: Sendable {
    package var verifier: PasswordVerifier?
    package var budget: FailureBudget

    package init(verifier: PasswordVerifier? = nil, budget: FailureBudget = FailureBudget()) {
        self.verifier = verifier
        self.budget = budget
    }
}

/// The slow hash of a password with its salt and cost (scrypt, RFC 7914); made and checked outside the rule.
package struct PasswordVerifier: Sendable, Equatable {
    package let salt: [UInt8]
    package let hash: [UInt8]
    /// log₂ N of scrypt.
    package let cost: Int

    package init(salt: [UInt8], hash: [UInt8], cost: Int) {
        self.salt = salt
        self.hash = hash
        self.cost = cost
    }
}

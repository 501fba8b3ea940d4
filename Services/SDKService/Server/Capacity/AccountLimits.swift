// SPDX-License-Identifier: Apache-2.0

/// How much of one copy of sdk-service an account may take. Kept in memory: this protects capacity; what bounds
/// guessing is a row in the database.
package struct AccountLimits: Sendable, Equatable {
    /// Requests per second over a while; as many may come at once.
    package var ratePerSecond: Int
    /// Calls to mfa-core at one time, those that wait for their turn included.
    package var concurrencyMax: Int
    /// Answers held back at one time; they do not count as calls.
    package var waitingMax: Int

    package init(ratePerSecond: Int = 10_000, concurrencyMax: Int = 512, waitingMax: Int = 2000) {
        self.ratePerSecond = ratePerSecond
        self.concurrencyMax = concurrencyMax
        self.waitingMax = waitingMax
    }

    /// These, with what an administrator set for one account in their place.
    func with(_ own: AccountLimitOverrides) -> AccountLimits {
        AccountLimits(
            ratePerSecond: own.ratePerSecond ?? ratePerSecond, concurrencyMax: own.concurrencyMax ?? concurrencyMax,
            waitingMax: own.waitingMax ?? waitingMax)
    }
}

/// Limits of one account alone; nil where it has those of everybody.
package struct AccountLimitOverrides: Sendable, Equatable {
    package var ratePerSecond: Int?
    package var concurrencyMax: Int?
    package var waitingMax: Int?

    package init(ratePerSecond: Int? = nil, concurrencyMax: Int? = nil, waitingMax: Int? = nil) {
        self.ratePerSecond = ratePerSecond
        self.concurrencyMax = concurrencyMax
        self.waitingMax = waitingMax
    }
}

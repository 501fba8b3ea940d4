// SPDX-License-Identifier: Apache-2.0
package import Primitives

/// What one copy of sdk-service takes on. Keys: `capacity.callsMax`, `capacity.sharedCallsMax`,
/// `capacity.queueMax`, `capacity.accountRatePerSecond`, `capacity.accountConcurrencyMax`, `capacity.accountWaitingMax`.
package struct CapacityConfiguration: Sendable {
    /// Calls to mfa-core at one time.
    package var callsMax: Int
    /// Those that accounts share out while there are several.
    package var sharedCallsMax: Int
    /// Calls that wait for their turn.
    package var queueMax: Int
    /// Limits of an account that has none of its own.
    package var account: AccountLimits

    /// The documented keys.
    package static let keys = [callsKey, sharedKey, queueKey, rateKey, concurrencyKey, waitingKey]

    package init(
        callsMax: Int = 96, sharedCallsMax: Int = 16, queueMax: Int = 1024, account: AccountLimits = AccountLimits()
    ) {
        self.callsMax = callsMax
        self.sharedCallsMax = sharedCallsMax
        self.queueMax = queueMax
        self.account = account
    }

    package init(reading reader: inout SettingsReader) {
        callsMax = reader.integer(Self.callsKey, in: 8...10_000)
        sharedCallsMax = reader.integer(Self.sharedKey, in: 2...10_000)
        queueMax = reader.integer(Self.queueKey, in: 0...100_000)
        account = AccountLimits(
            ratePerSecond: reader.integer(Self.rateKey, in: 1...1_000_000),
            concurrencyMax: reader.integer(Self.concurrencyKey, in: 1...100_000),
            waitingMax: reader.integer(Self.waitingKey, in: 0...100_000))
    }

    private static let callsKey = SettingKey(
        "capacity.callsMax", .integer, default: "96",
        "Calls to mfa-core at one time, an eighth of them for begun sign-ins only, three quarters for one account at most."
    )
    private static let sharedKey = SettingKey(
        "capacity.sharedCallsMax", .integer, default: "16",
        "Of these, how many are shared out while several accounts are busy: few, so that each call is answered soon.")
    private static let queueKey = SettingKey(
        "capacity.queueMax", .integer, default: "1024",
        "Calls that wait for their turn; no account gets more than what is left for others. Further ones get 503.")
    private static let rateKey = SettingKey(
        "capacity.accountRatePerSecond", .integer, default: "10000",
        "Requests per second of each account; further ones get 429. Accounts may have limits of their own.")
    private static let concurrencyKey = SettingKey(
        "capacity.accountConcurrencyMax", .integer, default: "512",
        "Calls of each account at one time, waiting ones included; further ones get 429.")
    private static let waitingKey = SettingKey(
        "capacity.accountWaitingMax", .integer, default: "2000",
        "Answers held back for each account at one time; further ones are given at once, as they stand.")
}

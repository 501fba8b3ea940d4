// SPDX-License-Identifier: Apache-2.0
package import Primitives

/// How many wrong activations there may be (R35). What counts them is rows, so copies share it.
///
/// | limit | beyond it |
/// |---|---|
/// | wrong typed codes of one activation | its code is void; whoever scans is not disturbed (R21) |
/// | wrong typed codes of one person in a day | no code of theirs is tried, however many are issued |
/// | wrong activations of one address in a minute | 429 |
/// | wrong activations of all addresses in a minute | an address has one instead; nobody else's first try is touched |
package struct ActivationLimits: Sendable, Equatable {
    package let perCode: Int
    package let perPerson: Int
    package let perAddress: Int
    package let ofAll: Int

    package init(perCode: Int = 5, perPerson: Int = 20, perAddress: Int = 10, ofAll: Int = 100) {
        self.perCode = perCode
        self.perPerson = perPerson
        self.perAddress = perAddress
        self.ofAll = ofAll
    }

    /// How long wrong activations count against an address, and against all.
    package static let window: Duration = .seconds(60)
}

/// The wrong activations of the present minute, as they were read.
package struct ActivationGuesses: Sendable, Equatable {
    /// One of a fixed number of counters, to which the caller's address belongs: strangers cannot make it many rows.
    package let bucket: Int
    package private(set) var ofAddress: Int
    package private(set) var addressEndsAt: Instant?
    package private(set) var ofAll: Int
    /// Whether the alarm of this minute was raised.
    package private(set) var isAlarmed: Bool

    package init(
        bucket: Int, ofAddress: Int = 0, addressEndsAt: Instant? = nil, ofAll: Int = 0, isAlarmed: Bool = false
    ) {
        self.bucket = bucket
        self.ofAddress = ofAddress
        self.addressEndsAt = addressEndsAt
        self.ofAll = ofAll
        self.isAlarmed = isAlarmed
    }

    /// What the address may do now.
    func limit(by limits: ActivationLimits) -> Int {
        ofAll >= limits.ofAll ? 1 : limits.perAddress
    }

    /// Demands that the address has a try left.
    func requireTry(at now: Instant, by limits: ActivationLimits) throws(Refusal) {
        guard ofAddress >= limit(by: limits) else { return }
        let wait = (addressEndsAt ?? now) - now
        throw Refusal(
            .tooManyRequests, reason: "\(ofAddress) wrong activations of this address within a minute",
            retryAfterSeconds: Int(wait.components.seconds) + 1)
    }
}

/// One try to activate, as it is counted with whatever it led to.
package struct ActivationTry: Sendable, Equatable {
    package let bucket: Int
    /// How many wrong ones of the address there may have been before it; one too many refuses the transaction.
    package let limit: Int
    package let isWrong: Bool
    /// The activation whose code was wrong.
    package let wrongCodeOf: ActivationID?
    /// Whether the count of all still matters: beyond its limit it does not, and every address would wait for one row.
    package let countsForAll: Bool
    package let raisesAlarm: Bool

    package init(
        bucket: Int, limit: Int, isWrong: Bool, wrongCodeOf: ActivationID?, countsForAll: Bool, raisesAlarm: Bool
    ) {
        self.bucket = bucket
        self.limit = limit
        self.isWrong = isWrong
        self.wrongCodeOf = wrongCodeOf
        self.countsForAll = countsForAll
        self.raisesAlarm = raisesAlarm
    }
}

/// What became of a phone's activation. A refusal is counted, so it is an outcome and not a thrown refusal.
package enum ActivationOutcome: Sendable {
    case activated(ActivatedDevice)
    case refused(Refusal)
}

/// A phone that has just become a device, and whose it is.
package struct ActivatedDevice: Sendable {
    package let factor: Factor
    package let user: User

    package init(factor: Factor, user: User) {
        self.factor = factor
        self.user = user
    }
}

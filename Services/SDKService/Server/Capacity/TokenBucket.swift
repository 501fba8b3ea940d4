// SPDX-License-Identifier: Apache-2.0

/// So many requests per second over a while, and as many at once.
package struct TokenBucket: Sendable {
    private var tokens: Double
    private var filledAt: ContinuousClock.Instant

    /// Full at `now`.
    package init(ratePerSecond: Int, at now: ContinuousClock.Instant) {
        tokens = Double(ratePerSecond)
        filledAt = now
    }

    /// Takes one token; where there is none, how long until there is.
    package mutating func take(ratePerSecond: Int, at now: ContinuousClock.Instant) -> Duration? {
        let rate = Double(ratePerSecond)
        if now > filledAt {
            tokens = min(rate, tokens + (now - filledAt) / .seconds(1) * rate)
            filledAt = now
        }
        guard tokens < 1 else {
            tokens -= 1
            return nil
        }
        return .seconds((1 - tokens) / rate)
    }
}

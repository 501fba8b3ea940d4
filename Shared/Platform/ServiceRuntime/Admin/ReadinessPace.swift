// SPDX-License-Identifier: Apache-2.0

/// How long to wait before the next look at a check: ``Readiness/interval`` while it is good, less right after it was
/// found wanting. What a service needs comes within milliseconds of its start, or of the end of a fault, and nobody
/// should wait a second for that to be noticed.
package struct ReadinessPace {
    /// The pause after the first look that found something wanting; each one after it is twice as long.
    package static let shortest: Duration = .milliseconds(20)

    private var next = Self.shortest

    package init() {}

    package mutating func pause(isReady: Bool) -> Duration {
        guard !isReady else {
            next = Self.shortest
            return Readiness.interval
        }
        defer { next = min(next * 2, Readiness.interval) }
        return next
    }
}

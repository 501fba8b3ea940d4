// SPDX-License-Identifier: Apache-2.0

/// Refusals leave at whole steps of time after their request came (R19).
///
/// A wrong passcode is written to its factor, and a stranger has none; a row more or less is a tenth of a millisecond, which
/// a thousand tries can tell. So that they cannot, whoever is refused hears it ten milliseconds after asking, or twenty,
/// or thirty: whatever was done in between fits into the same step. Those who are let in wait for nothing.
package enum RefusalPace {
    package static let step: Duration = .milliseconds(10)

    /// Returns at the first whole step after `begun` that is still to come.
    package static func wait(since begun: ContinuousClock.Instant) async {
        let steps = ((ContinuousClock.now - begun) / step).rounded(.up)
        // A cancelled caller is gone, and learns nothing.
        try? await Task.sleep(until: begun + step * Int(max(1, steps)), tolerance: .zero, clock: .continuous)
    }
}

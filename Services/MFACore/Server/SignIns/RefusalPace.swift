// SPDX-License-Identifier: Apache-2.0
import MFADomain

/// Refusals leave at whole steps of time after their request came (R19).
///
/// A wrong passcode is written to its factor, and a stranger has none; a row more or less is a tenth of a millisecond, which
/// a thousand tries can tell. So that they cannot, whoever is refused hears it ten milliseconds after asking, or twenty,
/// or thirty: whatever was done in between fits into the same step. The same goes for who is asked for a passcode, since
/// strangers are asked too. Those who are let in wait for nothing.
package enum RefusalPace {
    package static let step: Duration = .milliseconds(10)

    /// Waits with whatever a stranger could be told as well: not with an approval, nor with a prompt, which shows that there
    /// is a phone.
    static func wait(since begun: ContinuousClock.Instant, unless signIn: SignIn) async {
        guard signIn.state != .approved, signIn.state != .pending || signIn.prompt == nil else { return }
        await wait(since: begun)
    }

    /// Returns at the first whole step after `begun` that is still to come.
    package static func wait(since begun: ContinuousClock.Instant) async {
        let steps = ((ContinuousClock.now - begun) / step).rounded(.up)
        // A cancelled caller is gone, and learns nothing.
        try? await Task.sleep(until: begun + step * Int(max(1, steps)), tolerance: .zero, clock: .continuous)
    }
}

// SPDX-License-Identifier: Apache-2.0
import MFACoreServer
import Testing

/// R19: when refusals leave.
@Suite(.timeLimit(.minutes(1)))
struct RefusalPaceTests {
    @Test func `waits for the end of the step, and of the next one when that is over`() async {
        for late in [Duration.zero, .milliseconds(3), .milliseconds(14)] {
            let begun = ContinuousClock.now - late
            await RefusalPace.wait(since: begun)
            let steps = late < RefusalPace.step ? 1 : 2
            #expect(ContinuousClock.now - begun >= RefusalPace.step * steps)
        }
    }

    @Test func `holds nobody up who is gone`() async {
        let wait = Task { await RefusalPace.wait(since: .now + .seconds(3600)) }
        wait.cancel()
        await wait.value
    }
}

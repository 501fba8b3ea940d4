// SPDX-License-Identifier: Apache-2.0
import ServiceRuntime
import Testing

@Suite(.timeLimit(.minutes(1)))
struct LoopTimerTests {
    @Test func `goes off once its time has come`() async {
        let due = ContinuousClock.now + .milliseconds(20)
        await withCheckedContinuation { continuation in
            _ = LoopTimer(at: due) { continuation.resume() }
        }
        #expect(ContinuousClock.now >= due)
    }

    @Test func `stays silent when it is cancelled, and one that is late goes off at once`() async {
        await confirmation(expectedCount: 0) { goesOff in
            let cancelled = LoopTimer(at: .now + .milliseconds(50)) { goesOff() }
            cancelled.cancel()
            await withCheckedContinuation { continuation in
                _ = LoopTimer(at: .now + .milliseconds(100)) { continuation.resume() }
            }
        }
        await withCheckedContinuation { continuation in
            _ = LoopTimer(at: .now - .seconds(1)) { continuation.resume() }
        }
    }
}

// SPDX-License-Identifier: Apache-2.0
import MFAClient
import Synchronization
import Testing

/// A clock that stands still until told otherwise.
private final class StoppedClock: Sendable {
    private let moment = Mutex(ContinuousClock.now)

    func advance(_ duration: Duration) {
        moment.withLock { $0 += duration }
    }

    var now: @Sendable () -> ContinuousClock.Instant {
        { self.moment.withLock { $0 } }
    }
}

@Suite struct CopiesTests {
    private let clock = StoppedClock()

    @Test func `begins with the next one each time`() {
        let copies = Copies(["a", "b", "c"], now: clock.now)
        #expect(copies.order() == [0, 1, 2])
        #expect(copies.order() == [1, 2, 0])
        #expect(copies.order() == [2, 0, 1])
        #expect(copies.order() == [0, 1, 2])
    }

    @Test func `a refused copy comes last while it rests`() {
        let copies = Copies(["a", "b"], now: clock.now)
        copies.refused(0)
        #expect(copies.order() == [1, 0])
        #expect(copies.order() == [1, 0])
        clock.advance(Copies.restMin)
        #expect(copies.order() == [0, 1])
    }

    @Test func `rests grow to 30 seconds and end with an answer`() {
        let copies = Copies(["a", "b"], now: clock.now)
        var rests: [Int] = []
        for _ in 0..<8 {
            copies.refused(0)
            var seconds = 0
            while copies.order() == [1, 0], copies.order() == [1, 0] {
                clock.advance(.seconds(1))
                seconds += 1
            }
            rests.append(seconds)
        }
        #expect(rests == [1, 2, 4, 8, 16, 30, 30, 30])
        copies.answered(0)
        copies.refused(0)
        clock.advance(.seconds(1))
        #expect(Set([copies.order(), copies.order()]) == [[0, 1], [1, 0]])
    }

    // R96
    @Test func `a copy that is about to stop is left alone until it has stopped`() {
        let copies = Copies(["a", "b"], now: clock.now)
        for _ in 0..<8 { copies.left(0) }
        copies.answered(0)
        #expect(copies.order() == [1, 0] && copies.order() == [1, 0])
        clock.advance(Copies.farewell)
        #expect(Set([copies.order(), copies.order()]) == [[0, 1], [1, 0]])
    }

    @Test func `a copy rests until its time is over or it serves`() {
        let copies = Copies(["a", "b"], now: clock.now)
        #expect(!copies.isResting(0))
        copies.refused(0)
        #expect(copies.isResting(0) && !copies.isResting(1))
        clock.advance(Copies.restMin)
        #expect(!copies.isResting(0))
        copies.refused(0)
        copies.answered(0)
        #expect(!copies.isResting(0))
    }

    @Test func `when all rest, all are tried`() {
        let copies = Copies(["a", "b"], now: clock.now)
        copies.refused(0)
        copies.refused(1)
        #expect(Set(copies.order()) == [0, 1])
    }

    @Test func `slashes at the end of a base are dropped`() {
        #expect(Copies(["https://a/api/v1//"]).url(0) == "https://a/api/v1")
    }
}

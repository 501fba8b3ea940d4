// SPDX-License-Identifier: Apache-2.0
import HTTPKit
import Primitives
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

@Suite struct FailureBudgetTests {
    private let clock = StoppedClock()

    private func fail(_ budget: FailureBudget, _ key: String, times: Int) {
        for _ in 0..<times { budget.recordFailure(key) }
    }

    @Test func `20 wrong in a minute are refused with 429 and a time to wait`() throws {
        let budget = FailureBudget(now: clock.now)
        fail(budget, "a", times: 19)
        #expect(budget.wait(for: "a") == nil)
        fail(budget, "a", times: 1)
        let problem = #expect(throws: Problem.self) { try budget.check("a") }
        #expect(problem?.code.rawValue == "too_many_requests")
        #expect(problem?.retryAfterSeconds == 60)
        try budget.check("b")
    }

    @Test func `the window slides`() {
        let budget = FailureBudget(failuresMax: 3, now: clock.now)
        budget.recordFailure("a")
        clock.advance(.seconds(30))
        fail(budget, "a", times: 2)
        #expect(budget.wait(for: "a") == .seconds(30))
        clock.advance(.seconds(29))
        #expect(budget.wait(for: "a") == .seconds(1))
        clock.advance(.seconds(1))
        #expect(budget.wait(for: "a") == nil)
        // The two later ones still count.
        budget.recordFailure("a")
        #expect(budget.wait(for: "a") == .seconds(30))
    }

    @Test func `failures beyond the budget lengthen the wait`() {
        let budget = FailureBudget(failuresMax: 2, now: clock.now)
        fail(budget, "a", times: 2)
        clock.advance(.seconds(59))
        fail(budget, "a", times: 2)
        clock.advance(.seconds(1))
        #expect(budget.wait(for: "a") == .seconds(59))
    }

    @Test func `the number of keys is bounded and those that failed longest ago go first`() {
        let budget = FailureBudget(failuresMax: 1, keysMax: 100, now: clock.now)
        for index in 0..<1000 {
            clock.advance(.milliseconds(1))
            budget.recordFailure("key \(index)")
        }
        let remembered = (0..<1000).filter { budget.wait(for: "key \($0)") != nil }
        #expect(remembered == Array(900..<1000))
    }

    @Test func `a key that keeps failing is not forgotten`() {
        let budget = FailureBudget(failuresMax: 2, keysMax: 10, now: clock.now)
        for index in 0..<500 {
            clock.advance(.milliseconds(1))
            budget.recordFailure("stubborn")
            budget.recordFailure("key \(index)")
        }
        #expect(budget.wait(for: "stubborn") != nil)
    }
}

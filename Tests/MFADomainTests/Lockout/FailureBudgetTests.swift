// SPDX-License-Identifier: Apache-2.0
import MFADomain
import Primitives
import Testing

/// R14, R15, R16: one budget, growing delays, a cap that delays do not reset.
@Suite struct FailureBudgetTests {
    private let start = Instant(seconds: 1_800_000_000)
    private let limits = FailureLimits()

    @Test func `counts without delay below the soft limit`() {
        var budget = FailureBudget()
        for failure in 1...4 {
            let verdict = budget.recordFailure(at: start, limits: limits)
            #expect(verdict == .counted)
            #expect(budget.failures == failure)
            #expect(!budget.isDelayed(at: start))
        }
    }

    @Test func `doubles the delay from the soft limit on up to an hour`() {
        var budget = FailureBudget()
        for _ in 1...4 { _ = budget.recordFailure(at: start, limits: limits) }
        for expected: Int64 in [30, 60, 120, 240, 480, 960, 1920, 3600, 3600] {
            let verdict = budget.recordFailure(at: start, limits: limits)
            #expect(verdict == .delayed)
            #expect(budget.delayedUntil == start + .seconds(expected))
            #expect(budget.isDelayed(at: start + .seconds(expected - 1)))
            #expect(!budget.isDelayed(at: start + .seconds(expected)))
        }
    }

    // R15
    @Test func `is exhausted at the hard cap however long the delays were waited out`() {
        var budget = FailureBudget()
        var now = start
        var verdicts: [FailureVerdict] = []
        for _ in 1...100 {
            now = now + .seconds(7200)
            #expect(!budget.isDelayed(at: now))
            verdicts.append(budget.recordFailure(at: now, limits: limits))
        }
        #expect(verdicts.filter { $0 == .exhausted }.count == 1)
        #expect(verdicts.last == .exhausted)
    }

    // R16
    @Test func `forgets only by a reset`() {
        var budget = FailureBudget()
        for _ in 1...6 { _ = budget.recordFailure(at: start, limits: limits) }
        #expect(budget.failures == 6)
        budget.reset()
        #expect(budget == FailureBudget())
        #expect(!budget.isDelayed(at: start))
    }

    @Test func `keeps the delay finite for any number of failures`() {
        var budget = FailureBudget(failures: 5_000)
        let verdict = budget.recordFailure(at: start, limits: FailureLimits(hardCap: .max))
        #expect(verdict == .delayed)
        #expect(budget.delayedUntil == start + .seconds(3600))
    }
}

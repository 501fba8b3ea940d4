// SPDX-License-Identifier: Apache-2.0
import TestKit
import Testing

/// I10
struct RecoveryTests {
    private func history(_ outcomes: [(second: Int, isRight: Bool)]) -> HandMadeHistory {
        var day = HandMadeHistory()
        for (number, outcome) in outcomes.enumerated() {
            day.did(
                .passcode(factor: "f", number: UInt64(number)),
                outcome.isRight ? .told("approved", signIn: "s\(number)") : .unknown, at: outcome.second)
        }
        return day
    }

    @Test func `counts from the first login after which all succeed`() {
        let day = history([(0, true), (1, false), (2, false), (3, true), (4, true), (5, true)])
        let recovery = Recovery(History(day.operations), since: HandMadeHistory.start + .seconds(1))
        #expect(recovery.took == .seconds(2))
        #expect(recovery.logins == 3 && recovery.succeeded == 3)
        #expect(recovery.violations(atLeast: 3).isEmpty)
        #expect(recovery.violations(atLeast: 4).map(\.invariant) == ["I10"])
    }

    @Test func `a recovery that takes too long, or never comes, is told`() {
        let late = history([(0, false), (31, true), (32, true)])
        let recovery = Recovery(History(late.operations), since: HandMadeHistory.start)
        #expect(recovery.violations(atLeast: 1).map(\.invariant) == ["I10"])
        let never = history([(0, true), (1, true), (2, false)])
        let none = Recovery(History(never.operations), since: HandMadeHistory.start)
        #expect(none.took == nil)
        #expect(none.violations(atLeast: 1).map(\.invariant) == ["I10"])
    }

    @Test func `one passcode sent twice at once is one login`() {
        var day = history([(0, true)])
        day.did(.passcode(factor: "f", number: 7), .told("denied", signIn: "s8"), at: 1)
        day.did(.passcode(factor: "f", number: 7), .told("approved", signIn: "s9"), at: 1)
        let recovery = Recovery(History(day.operations), since: HandMadeHistory.start)
        #expect(recovery.logins == 2 && recovery.succeeded == 2)
    }

    @Test func `a second try of a passcode tells nothing`() {
        var day = history([(0, true), (1, true)])
        day.did(.passcode(factor: "f", number: 1), .told("denied", signIn: "s9"), at: 2)
        #expect(Recovery(History(day.operations), since: HandMadeHistory.start).logins == 2)
    }
}

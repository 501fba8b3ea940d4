// SPDX-License-Identifier: Apache-2.0

/// I10: soon after a fault has ended, logins with right passcodes that nobody has used succeed as ever.
package struct Recovery: Sendable {
    /// Of logins.
    package static let shareMin = 0.999
    /// Until then.
    package static let patience = Duration.seconds(30)

    /// How long it took; nil when it never came.
    package let took: Duration?
    /// Logins from then on, and how many of them succeeded.
    package let logins: Int
    package let succeeded: Int

    /// - Parameter healed: when the fault ended.
    package init(_ history: History, since healed: History.Moment) {
        let operations = history.operations
        var logins: [History.Act: Int] = [:]
        var fresh: [(first: History.Operation, isRight: Bool)] = []
        for operation in operations {
            guard case .passcode(_, .some) = operation.act, operation.outcome != nil else { continue }
            let isRight = operation.state == "approved"
            guard let place = logins[operation.act] else {
                logins[operation.act] = fresh.count
                fresh.append((operation, isRight))
                continue
            }
            // Only the first try of a passcode tells, and what was sent beside it: a later one may meet what they did.
            if let ended = fresh[place].first.ended, operation.invoked < ended, isRight { fresh[place].isRight = true }
        }
        fresh.removeAll { $0.first.invoked < healed }
        // From the latest on: the earliest moment from which enough of the rest succeeded.
        var (right, best) = (0, (at: History.Moment?.none, logins: 0, right: 0))
        for (count, login) in fresh.reversed().enumerated() {
            right += login.isRight ? 1 : 0
            if Double(right) >= Self.shareMin * Double(count + 1) { best = (login.first.invoked, count + 1, right) }
        }
        took = best.at.map { $0 - healed }
        (self.logins, succeeded) = (best.logins, best.right)
    }

    /// What is wrong, where there must be some logins to tell.
    package func violations(atLeast loginsMin: Int) -> [Violation] {
        guard let took, logins >= loginsMin else {
            return [Violation("I10", "only \(logins) of the last logins succeeded, \(loginsMin) should")]
        }
        return took <= Self.patience ? [] : [Violation("I10", "recovery took \(took)")]
    }
}

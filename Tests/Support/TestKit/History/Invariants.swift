// SPDX-License-Identifier: Apache-2.0

/// Something that must never be, and was.
package struct Violation: Sendable, Hashable, CustomStringConvertible {
    /// Such as `I1`.
    package let invariant: String
    package let what: String

    package init(_ invariant: String, _ what: String) {
        self.invariant = invariant
        self.what = what
    }

    package var description: String { "\(invariant): \(what)" }
}

/// The invariants that hold whatever fails (docs/operating/faults.md), each as a question to a history and to what the
/// suite has kept; every answer is empty where it holds.
///
/// | invariant | asked in |
/// |---|---|
/// | I1 no factor is consumed twice, I5 no lock-out by infrastructure, I6 fail closed, I9 guess bound | `+Factors` |
/// | I2 no approval without a signature, I7 one login, one prompt, I8 one final state | `+SignIns` |
/// | I3 no approval without its row, I4 no row lost or altered, R20 nothing after it was forbidden | `+Audit` |
/// | I4 the chain over all rows | ``ChainCheck`` |
/// | I10 recovery | ``Recovery`` |
/// | I11 bounded resources | ``ResourceUse``, ``PoolUse``, ``QueueUse`` |
/// | I12 no secret in any artefact | ``Canaries`` |
package struct Invariants: Sendable {
    /// How many guesses there may be (R14, R15).
    package struct GuessBound: Sendable {
        package var softLimit = 1_000
        package var firstDelaySeconds = 30
        package var delayMaxSeconds = 3_600
        package var hardCap = 100

        package init() {}
    }

    let operations: [History.Operation]
    let evidence: Evidence
    var bound = GuessBound()

    package init(_ history: History, _ evidence: Evidence, bound: GuessBound = GuessBound()) {
        operations = history.operations
        self.evidence = evidence
        self.bound = bound
    }

    /// Everything that is wrong.
    package var violations: [Violation] {
        consumedTwice + unsigned + unaudited + alteredAudit + miscounted + letInWrongly + promptedTwice
            + undecided + overGuessed + decidedAfterwards
    }
}

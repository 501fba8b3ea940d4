// SPDX-License-Identifier: Apache-2.0
import MFADomain
import Metrics
import Synchronization

/// The numbers of the suite's own work, counted after the commit and only then (docs/operating/metrics.md).
enum DecisionMetrics {
    private struct Decided: Hashable {
        let state: SignInState
        let factor: String
    }

    /// Looking a counter up by its name and labels takes longer than counting.
    private static let decidedCounters = Mutex<[Decided: Counter]>([:])

    /// `mfa.authentication.decided` by state and factor: the kind that decided, else what was asked for.
    static func count(_ decided: [SignIn]) {
        for signIn in decided {
            counter(
                Decided(state: signIn.state, factor: signIn.factorKind?.rawValue ?? signIn.requested.rawValue)
            ).increment()
        }
    }

    private static func counter(_ kind: Decided) -> Counter {
        decidedCounters.withLock { counters in
            if let known = counters[kind] { return known }
            let counter = Counter(
                label: "mfa.authentication.decided",
                dimensions: [("state", kind.state.rawValue), ("factor", kind.factor)])
            counters[kind] = counter
            return counter
        }
    }

    /// `mfa.alarm.raised` by alarm, for those among `events` that are one.
    static func countAlarms(_ events: [String]) {
        for event in events where AuditEvent.Alarm(rawValue: event) != nil {
            Counter(label: "mfa.alarm.raised", dimensions: [("alarm", event)]).increment()
        }
    }

    /// `mfa.commit.settled` by status: `committed`, `aborted`, `in progress`, or `unknown` when nobody can tell.
    static func countSettled(_ status: String?) {
        Counter(label: "mfa.commit.settled", dimensions: [("status", status ?? "unknown")]).increment()
    }
}

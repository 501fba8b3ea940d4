// SPDX-License-Identifier: Apache-2.0
import MFADomain
import Metrics

/// The numbers of the suite's own work, counted after the commit and only then (docs/operating/metrics.md).
enum DecisionMetrics {
    /// `mfa.authentication.decided` by state and factor: the kind that decided, else what was asked for.
    static func count(_ decided: [SignIn]) {
        for signIn in decided {
            Counter(
                label: "mfa.authentication.decided",
                dimensions: [
                    ("state", signIn.state.rawValue),
                    ("factor", signIn.factorKind?.rawValue ?? signIn.requested.rawValue),
                ]
            ).increment()
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

// SPDX-License-Identifier: Apache-2.0

/// What is known of each check; a look that hangs longer than `timeout` makes its check not ready.
struct ReadinessBoard {
    typealias Moment = ContinuousClock.Instant

    private struct Row {
        let name: String
        var verdict: ReadinessVerdict = .notReady(code: "starting", detail: "not looked at yet")
        var lookingSince: Moment?
    }

    private let timeout: Duration
    private var rows: [Row]
    private var isDraining = false

    init(names: [String], timeout: Duration) {
        self.timeout = timeout
        self.rows = names.map { Row(name: $0) }
    }

    mutating func begin(_ index: Int, at now: Moment) {
        rows[index].lookingSince = now
    }

    /// A late answer tells how things were, not how they are: the check stays not ready until one comes in time.
    mutating func finish(_ index: Int, _ verdict: ReadinessVerdict, at now: Moment) {
        let isLate = rows[index].lookingSince.map { now - $0 > timeout } ?? false
        rows[index].verdict = isLate ? Self.timedOut : verdict
        rows[index].lookingSince = nil
    }

    mutating func drain() {
        isDraining = true
    }

    func report(at now: Moment) -> ReadinessReport {
        ReadinessReport(
            isDraining: isDraining,
            entries: rows.map { row in
                let hangs = row.lookingSince.map { now - $0 > timeout } ?? false
                return .init(name: row.name, verdict: hangs ? Self.timedOut : row.verdict)
            })
    }

    private static let timedOut = ReadinessVerdict.notReady(code: "check_timeout", detail: "the check did not answer")
}

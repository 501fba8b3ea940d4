// SPDX-License-Identifier: Apache-2.0

internal import Metrics

/// The numbers of one lane: `postgres.statements`, `postgres.errors` by code, `postgres.connections` by state and
/// `postgres.waiting`.
final class LaneMetrics {
    private let statements: Counter
    private var errors: [String: Counter] = [:]
    private let open: Gauge
    private let busy: Gauge
    private let waiting: Gauge
    private let lane: String
    private var last = (open: -1, busy: -1, waiting: -1)

    init(lane: String) {
        self.lane = lane
        statements = Counter(label: "postgres.statements", dimensions: [("lane", lane)])
        open = Gauge(label: "postgres.connections", dimensions: [("lane", lane), ("state", "open")])
        busy = Gauge(label: "postgres.connections", dimensions: [("lane", lane), ("state", "busy")])
        waiting = Gauge(label: "postgres.waiting", dimensions: [("lane", lane)])
    }

    /// Counts an exchange that ended, well or with `error`.
    func count(_ error: PostgresError?) {
        statements.increment()
        guard let code = error?.code.label else { return }
        let counter = errors[code] ?? Counter(label: "postgres.errors", dimensions: [("lane", lane), ("code", code)])
        errors[code] = counter
        counter.increment()
    }

    func record(open: Int, busy: Int, waiting: Int) {
        if open != last.open { self.open.record(open) }
        if busy != last.busy { self.busy.record(busy) }
        if waiting != last.waiting { self.waiting.record(waiting) }
        last = (open, busy, waiting)
    }
}

// SPDX-License-Identifier: Apache-2.0

import Metrics
import Synchronization

/// Counts a listener's connections and knows when there are enough.
final class ListenerMetrics: Sendable {
    private let name: String
    private let connectionsMax: Int
    private let open = Atomic<Int>(0)
    private let gauge: Meter

    init(name: String, connectionsMax: Int) {
        self.name = name
        self.connectionsMax = connectionsMax
        self.gauge = Meter(label: "http.connections.open", dimensions: [("listener", name)])
    }

    /// Takes a place; false when there is none left.
    func enter() -> Bool {
        let count = open.wrappingAdd(1, ordering: .relaxed).newValue
        guard count <= connectionsMax else {
            open.wrappingSubtract(1, ordering: .relaxed)
            refused(for: "capacity")
            return false
        }
        gauge.set(count)
        return true
    }

    func leave() {
        gauge.set(open.wrappingSubtract(1, ordering: .relaxed).newValue)
    }

    func refused(for reason: String) {
        Counter(label: "http.connections.refused", dimensions: [("listener", name), ("reason", reason)]).increment()
    }
}

// SPDX-License-Identifier: Apache-2.0

import Metrics
import Synchronization

/// Counts a listener's connections, in all and by address, and knows when there are enough.
final class ListenerMetrics: Sendable {
    private struct Open {
        var count = 0
        /// Addresses without a connection are not kept.
        var byAddress: [String: Int] = [:]
    }

    private let name: String
    private let connectionsMax: Int
    private let connectionsPerAddressMax: Int
    private let open = Mutex(Open())
    private let gauge: Meter

    init(name: String, connectionsMax: Int, connectionsPerAddressMax: Int) {
        self.name = name
        self.connectionsMax = connectionsMax
        self.connectionsPerAddressMax = connectionsPerAddressMax
        self.gauge = Meter(label: "http.connections.open", dimensions: [("listener", name)])
    }

    /// Takes a place for a connection from `address`; false when there is none left, or that address has its share.
    ///
    /// - Parameter hasShare: false where one address stands for many clients.
    func enter(from address: String, hasShare: Bool = true) -> Bool {
        let (count, reason) = open.withLock { open -> (Int, String?) in
            guard open.count < connectionsMax else { return (open.count, "capacity") }
            let own = open.byAddress[address, default: 0]
            guard own < connectionsPerAddressMax || !hasShare else { return (open.count, "address") }
            open.count += 1
            open.byAddress[address] = own + 1
            return (open.count, nil)
        }
        if let reason {
            refused(for: reason)
            return false
        }
        gauge.set(count)
        return true
    }

    /// Gives back the place of a connection from `address`.
    func leave(from address: String) {
        let count = open.withLock { open in
            open.count -= 1
            let own = open.byAddress[address, default: 1] - 1
            open.byAddress[address] = own > 0 ? own : nil
            return open.count
        }
        gauge.set(count)
    }

    func refused(for reason: String) {
        Counter(label: "http.connections.refused", dimensions: [("listener", name), ("reason", reason)]).increment()
    }
}

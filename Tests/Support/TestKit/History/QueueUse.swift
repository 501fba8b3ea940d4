// SPDX-License-Identifier: Apache-2.0

/// I11: what waits in the queues of one copy, by the gauges that it shows (docs/operating/metrics.md).
package struct QueueUse: Sendable, Equatable {
    /// Each gauge that a service must show, as `/metrics` writes it, and the most that may ever wait there.
    package static func caps(of service: Service) -> [String: Int] {
        var caps: [String: Int] = [:]
        if service == .mobile { return caps }
        for lane in ["channel", "read", "write"] { caps["postgres_waiting{lane=\"\(lane)\"}"] = 4_096 }
        if service == .sdk {
            caps["mfa_door_calls{state=\"running\"}"] = 96
            caps["mfa_door_calls{state=\"queued\"}"] = 1_024
            caps["mfa_waiting_callers"] = 20_000
        }
        return caps
    }

    private let service: Service
    /// How much waits, by gauge; one that is not shown is not here.
    package let lengths: [String: Int]

    /// - Parameter metrics: what the copy answered to `/metrics`.
    package init(_ service: Service, metrics: String) {
        self.service = service
        let caps = Self.caps(of: service)
        var lengths: [String: Int] = [:]
        for line in metrics.split(separator: "\n") {
            let words = line.split(separator: " ")
            guard words.count == 2, caps[String(words[0])] != nil, let value = Double(words[1]) else { continue }
            lengths[String(words[0])] = Int(value)
        }
        self.lengths = lengths
    }

    /// What is too much at any moment. A gauge that is not there counts: nobody would see what waits behind it.
    package func violations(_ name: String) -> [Violation] {
        Self.caps(of: service).sorted { $0.key < $1.key }.compactMap { gauge, most in
            guard let length = lengths[gauge] else { return Violation("I11", "\(name) does not show \(gauge)") }
            return (0...most).contains(length) ? nil : Violation("I11", "\(name) has \(length) in \(gauge)")
        }
    }

    /// What is too much when nobody is at work: anything.
    package func leftovers(_ name: String) -> [Violation] {
        violations(name)
            + lengths.sorted { $0.key < $1.key }.compactMap { gauge, length in
                length == 0 ? nil : Violation("I11", "\(name) keeps \(length) in \(gauge)")
            }
    }
}

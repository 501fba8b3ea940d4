// SPDX-License-Identifier: Apache-2.0
import Foundation
import TestKit
import Testing

/// I11
struct QueueUseTests {
    /// What a copy of sdk-service shows at rest, as far as it matters here.
    private func metrics(_ changes: [String: String] = [:]) -> String {
        let rest = [
            "postgres_waiting{lane=\"channel\"}": "0", "postgres_waiting{lane=\"read\"}": "0",
            "postgres_waiting{lane=\"write\"}": "0", "mfa_door_calls{state=\"running\"}": "0",
            "mfa_door_calls{state=\"queued\"}": "0", "mfa_waiting_callers": "0", "service_ready": "1",
            "postgres_connections{lane=\"read\",state=\"open\"}": "2",
        ]
        return "# HELP mfa_waiting_callers mfa.waiting.callers\n# TYPE mfa_waiting_callers gauge\n"
            + rest.merging(changes) { $1 }.map { "\($0.key) \($0.value)\n" }.joined()
    }

    @Test func `nothing that waits is no fault, at rest or under load`() {
        let use = QueueUse(.sdk, metrics: metrics())
        #expect(use.lengths.count == 6)
        #expect(use.violations("x").isEmpty && use.leftovers("x").isEmpty)
        #expect(QueueUse(.mobile, metrics: "").leftovers("x").isEmpty)
    }

    @Test(arguments: QueueUse.caps(of: .sdk).keys.sorted())
    func `tells what waits too long, what is too long, and what is not shown`(gauge: String) throws {
        let most = try #require(QueueUse.caps(of: .sdk)[gauge])
        let busy = QueueUse(.sdk, metrics: metrics([gauge: "\(most)"]))
        #expect(busy.violations("x").isEmpty)
        #expect(busy.leftovers("x").map(\.description) == ["I11: x keeps \(most) in \(gauge)"])
        for length in [most + 1, -1] {
            let wild = QueueUse(.sdk, metrics: metrics([gauge: "\(length)"]))
            #expect(wild.violations("x").map(\.description) == ["I11: x has \(length) in \(gauge)"])
        }
        let silent = QueueUse(.sdk, metrics: metrics().replacing("\n\(gauge) 0\n", with: "\n"))
        #expect(silent.leftovers("x").map(\.description) == ["I11: x does not show \(gauge)"])
    }

    @Test func `what sdk-service may take on is what its configuration says`() throws {
        let page = try String(contentsOfFile: Workshop.path("docs/reference/configuration.md"), encoding: .utf8)
        for (key, state) in [("calls", "running"), ("queue", "queued")] {
            let most = try #require(QueueUse.caps(of: .sdk)["mfa_door_calls{state=\"\(state)\"}"])
            let row = try #require(page.split(separator: "\n").first { $0.hasPrefix("| `capacity.\(key)Max`") })
            #expect(row.contains("| integer | `\(most)` |"))
        }
    }

    @Test func `each service with a database must show its lanes`() {
        for service in [Service.core, .portal] {
            #expect(QueueUse(service, metrics: "").violations("x").count == 3)
        }
    }
}

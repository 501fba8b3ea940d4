// SPDX-License-Identifier: Apache-2.0
import Foundation
import Testing

/// docs/operating/metrics.md names the metrics that the code makes.
struct MetricsReferenceTests {
    /// Every metric that the code makes, and its kind.
    static func made() throws -> [String: String] {
        let making = try Regex(#"(Counter|Gauge|Meter|Timer|Recorder)\(\s*label: "([a-z_.]+)""#)
        let kinds = [
            "Counter": "counter", "Gauge": "gauge", "Meter": "gauge", "Timer": "histogram", "Recorder": "histogram",
        ]
        var made: [String: String] = [:]
        for file in SourceTree.shipped {
            for match in SourceTree.text(of: file.path).matches(of: making) {
                made[String(match.output[2].substring ?? "")] = kinds[String(match.output[1].substring ?? "")]
            }
        }
        return made
    }

    @Test func `the page lists every metric with its kind, and no other`() throws {
        let made = try Self.made()
        let row = try Regex(#"(?m)^\| `([a-z_.]+)` \| (\w+) \|"#)
        var listed: [String: String] = [:]
        for match in SourceTree.text(of: "docs/operating/metrics.md").matches(of: row) {
            listed[String(match.output[1].substring ?? "")] = String(match.output[2].substring ?? "")
        }
        #expect(made.count > 5)
        #expect(listed == made)
    }
}

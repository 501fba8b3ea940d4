// SPDX-License-Identifier: Apache-2.0
import Foundation
import Testing

/// The alert rules, the dashboard and docs/operating/alarms.md speak of what the code has.
struct MonitoringTests {
    private static let rules = "deploy/prometheus/alerts.yml"
    private static let dashboard = "deploy/grafana/countersign.json"
    private static let page = "docs/operating/alarms.md"

    private struct Rule {
        let name: String
        let expression: String
    }

    private func alertRules() throws -> [Rule] {
        let document = try #require(try Tool.yaml(Self.rules) as? [String: Any])
        let groups = try #require(document["groups"] as? [[String: Any]])
        return try groups.flatMap { try #require($0["rules"] as? [[String: Any]]) }.map { rule in
            let labels = try #require(rule["labels"] as? [String: String])
            #expect(["page", "ticket"].contains(labels["severity"]))
            #expect((rule["annotations"] as? [String: String])?["summary"]?.isEmpty == false)
            return Rule(name: try #require(rule["alert"] as? String), expression: try #require(rule["expr"] as? String))
        }
    }

    private func panels() throws -> [[String: Any]] {
        let data = Data(SourceTree.text(of: Self.dashboard).utf8)
        let document = try #require(try JSONSerialization.jsonObject(with: data) as? [String: Any])
        return try #require(document["panels"] as? [[String: Any]])
    }

    private func dashboardExpressions() throws -> [String] {
        try panels().flatMap { try #require($0["targets"] as? [[String: Any]]) }.map {
            try #require($0["expr"] as? String)
        }
    }

    /// Names as Prometheus shows them, of every metric that the code makes.
    private func exposed() throws -> Set<String> {
        var names: Set<String> = ["up", "countersign_metrics_series_dropped_total"]
        for (label, kind) in try MetricsReferenceTests.made() {
            let name = label.replacing(".", with: "_")
            switch kind {
            case "counter": names.insert("\(name)_total")
            case "histogram": names.formUnion(["_bucket", "_sum", "_count"].map { "\(name)_seconds\($0)" })
            default: names.insert(name)
            }
        }
        return names
    }

    /// What stands where a metric stands: words that are neither functions, nor labels, nor words of the language.
    private func metrics(in expression: String) throws -> Set<String> {
        var text = expression
        for part in [#""[^"]*""#, #"\{[^}]*\}"#, #"\[[^\]]*\]"#, #"\b(by|without|on|ignoring)\s*\([^)]*\)"#] {
            text.replace(try Regex(part), with: " ")
        }
        let words = text.matches(of: try Regex(#"\b[a-z_][a-z0-9_]*\b(?!\s*\()"#)).map { String(text[$0.range]) }
        return Set(words).subtracting(["and", "or", "unless", "bool", "sum", "min", "max", "increase", "rate"])
    }

    @Test func `rules and dashboard name metrics that the code makes`() throws {
        let exposed = try exposed()
        let expressions = try alertRules().map(\.expression) + dashboardExpressions()
        #expect(expressions.count > 30)
        for expression in expressions {
            let named = try metrics(in: expression)
            #expect(!named.isEmpty, "\(expression)")
            #expect(named.isSubset(of: exposed), "\(named.subtracting(exposed)) in \(expression)")
        }
    }

    /// The name of a metric without what Prometheus adds to it for its kind.
    private func base(_ name: Substring) -> String {
        let suffix = ["_total", "_seconds_bucket", "_seconds_sum", "_seconds_count"].first { name.hasSuffix($0) }
        return String(name.dropLast(suffix?.count ?? 0))
    }

    @Test func `rules and dashboard compare labels with values that the code gives them`() throws {
        let selector = try Regex(#"([a-z_][a-z0-9_]*)\{([^}]*)\}"#)
        let comparison = try Regex(#"([a-z_]+)\s*(=~|!~|!=|=)\s*"([^"]*)""#)
        var compared = 0
        for expression in try alertRules().map(\.expression) + dashboardExpressions() {
            for selected in expression.matches(of: selector) {
                let metric = base(selected.output[1].substring ?? "")
                for match in (selected.output[2].substring ?? "").matches(of: comparison) {
                    let words = (1...3).map { String(match.output[$0].substring ?? "") }
                    guard !MetricLabels.open.contains(words[0]) else { continue }
                    let known = try #require(
                        try MetricLabels.values(of: words[0], metric: metric), "\(metric) has no \(words[0])")
                    #expect(!known.isEmpty, "\(metric): \(words[0])")
                    // Of a regular expression each alternative has to mean something.
                    let isPattern = words[1].hasSuffix("~")
                    for value in isPattern ? words[2].split(separator: "|").map(String.init) : [words[2]] {
                        let pattern = try Regex(value)
                        let isKnown =
                            isPattern
                            ? known.contains { $0.wholeMatch(of: pattern) != nil } : known.contains(value)
                        #expect(isKnown, "\(words[0])=\(value) is never given, in \(expression)")
                        compared += 1
                    }
                }
            }
        }
        #expect(compared > 12)
    }

    @Test func `the page about metrics names every reason for which something is turned away`() throws {
        #expect(try MetricLabels.documented("http.connections.refused") == MetricLabels.refusals())
        let shed = try MetricLabels.values(of: "reason", metric: "mfa_door_shed")
        #expect(try MetricLabels.documented("mfa.door.shed") == shed)
    }

    @Test func `the dashboard shows every metric`() throws {
        let shown = try dashboardExpressions().reduce(into: Set<String>()) { try $0.formUnion(metrics(in: $1)) }
        for (label, kind) in try MetricsReferenceTests.made() {
            let name = label.replacing(".", with: "_") + (kind == "counter" ? "_total" : "")
            #expect(shown.contains { $0.hasPrefix(name) }, "\(label) has no panel")
        }
        let identifiers = try panels().compactMap { $0["id"] as? Int }
        #expect(Set(identifiers).count == identifiers.count)
    }

    /// `AuditEvent.Alarm`, by its source: this target does not link the rule.
    private func alarms() throws -> [String] {
        let source = SourceTree.text(of: "Services/MFACore/Domain/Audit/AuditEvent.swift")
        let start = try #require(source.firstRange(of: "enum Alarm")).lowerBound
        let body = source[start...].prefix { $0 != "}" }
        return body.matches(of: try Regex(#"case \w+ = "([a-z._]+)""#)).map { String($0.output[1].substring ?? "") }
    }

    @Test func `every alarm of the audit has a rule, and no rule waits for another`() throws {
        let alarms = try alarms()
        #expect(alarms.count >= 3)
        let watched = try alertRules().flatMap { rule in
            rule.expression.matches(of: try Regex(#"alarm="([^"]*)""#)).map { String($0.output[1].substring ?? "") }
        }
        #expect(watched.sorted() == alarms.sorted())
    }

    @Test func `the page tells what to do in each, and in no other`() throws {
        let headings = SourceTree.text(of: Self.page).split(separator: "\n").filter { $0.hasPrefix("### ") }
            .map { String($0.dropFirst(4)) }
        #expect(headings.sorted() == (try alertRules().map(\.name) + alarms()).sorted())
    }

    @Test func `the page names every reason why a service is not ready, and no other`() throws {
        let code = try Regex(#"(?:notReady\(\s*code: |, code: )"([a-z_]+)""#)
        let made = SourceTree.shipped.map { SourceTree.text(of: $0.path) }.filter { $0.contains("ReadinessCheck(") }
            .flatMap { text in text.matches(of: code).map { String($0.output[1].substring ?? "") } }
        // Those that no check gives, but the board on which they stand.
        let board = SourceTree.text(of: "Shared/Platform/ServiceRuntime/Admin/ReadinessBoard.swift")
            .matches(of: code).map { String($0.output[1].substring ?? "") }
        let rows = SourceTree.text(of: Self.page).split(separator: "\n").filter { $0.hasPrefix("| `") }
        let named = rows.flatMap { row in
            row.prefix { $0 != "•" }.split(separator: "|")[0].matches(of: #/`([a-z_]+)`/#).map { String($0.output.1) }
        }
        #expect(made.count > 8)
        #expect(Set(named) == Set(made + board + ["draining"]))
    }
}

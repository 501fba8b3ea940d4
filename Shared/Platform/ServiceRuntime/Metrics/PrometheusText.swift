// SPDX-License-Identifier: Apache-2.0

/// The Prometheus text exposition format, version 0.0.4
/// (https://prometheus.io/docs/instrumenting/exposition_formats/).
///
/// Written are `HELP`, `TYPE` and samples of counters, gauges and histograms; timestamps and summaries are not.
enum PrometheusText {
    static let contentType = "text/plain; version=0.0.4; charset=utf-8"

    /// `mfa.sign_in.decided` as `mfa_sign_in_decided`.
    static func name(_ label: String) -> String {
        let name = String(label.map { isNameCharacter($0) ? $0 : "_" })
        return name.first.map { $0.isNumber ? "_" + name : name } ?? "_"
    }

    /// A label name; `le` is taken by histograms.
    static func labelName(_ text: String) -> String {
        let name = name(text)
        return name == "le" ? "le_" : name
    }

    static func exposition(families: [String: MetricsRegistry.Family], dropped: UInt64) -> String {
        var text = ""
        for (name, family) in families.sorted(by: { $0.key < $1.key }) {
            text += "# HELP \(name) \(escapeHelp(family.help))\n# TYPE \(name) \(family.kind.rawValue)\n"
            let lines = family.series.map { (labels: labels($0.key.labels), series: $0.value) }
            for line in lines.sorted(by: { $0.labels < $1.labels }) {
                text += sample(name, labels: line.labels, line.series.reading)
            }
        }
        let counter = "countersign_metrics_series_dropped_total"
        text += "# HELP \(counter) Series refused because there were too many or their name had another kind.\n"
        return text + "# TYPE \(counter) counter\n\(counter) \(dropped)\n"
    }

    private static func sample(_ name: String, labels: String, _ reading: MetricsReading) -> String {
        switch reading {
        case .counter(let value), .gauge(let value):
            return "\(name)\(braced(labels)) \(number(value))\n"
        case .histogram(let bounds, let counts, let sum):
            var text = ""
            var total: UInt64 = 0
            for (index, count) in counts.enumerated() {
                total += count
                let bound = index < bounds.count ? number(bounds[index]) : "+Inf"
                let all = labels.isEmpty ? "le=\"\(bound)\"" : "\(labels),le=\"\(bound)\""
                text += "\(name)_bucket{\(all)} \(total)\n"
            }
            return text + "\(name)_sum\(braced(labels)) \(number(sum))\n\(name)_count\(braced(labels)) \(total)\n"
        }
    }

    private static func labels(_ labels: [MetricsRegistry.Label]) -> String {
        labels.map { "\($0.name)=\"\(escapeLabel($0.value))\"" }.joined(separator: ",")
    }

    private static func braced(_ labels: String) -> String {
        labels.isEmpty ? "" : "{\(labels)}"
    }

    private static func number(_ value: Double) -> String {
        if value.isNaN { return "NaN" }
        if value.isInfinite { return value < 0 ? "-Inf" : "+Inf" }
        if value == value.rounded(), value.magnitude < 1e15 { return String(Int64(value)) }
        return "\(value)"
    }

    private static func escapeHelp(_ text: String) -> String {
        String(text.flatMap { $0 == "\\" ? Array("\\\\") : $0.isNewline ? Array("\\n") : [$0] })
    }

    private static func escapeLabel(_ text: String) -> String {
        String(
            text.flatMap { character -> [Character] in
                switch character {
                case "\\": Array("\\\\")
                case "\"": Array("\\\"")
                case _ where character.isNewline: Array("\\n")
                default: [character]
                }
            })
    }

    private static func isNameCharacter(_ character: Character) -> Bool {
        character.isASCII && (character.isLetter || character.isNumber || character == "_" || character == ":")
    }
}

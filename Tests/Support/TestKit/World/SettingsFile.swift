// SPDX-License-Identifier: Apache-2.0

/// The configuration of one copy: dotted keys and their values as YAML writes them.
package struct SettingsFile: Sendable {
    package var values: [String: String]

    package init(_ values: [String: String]) {
        self.values = values
    }

    /// As YAML, one nested section per part of a key.
    package var yaml: String {
        var lines: [String] = ["# SPDX-License-Identifier: Apache-2.0"]
        var open: [String] = []
        for (key, value) in values.sorted(by: {
            $0.key.split(separator: ".").lexicographicallyPrecedes($1.key.split(separator: "."))
        }) {
            let parts = key.split(separator: ".").map(String.init)
            let sections = Array(parts.dropLast())
            var common = 0
            while common < min(open.count, sections.count), open[common] == sections[common] { common += 1 }
            for depth in common..<sections.count {
                lines.append(String(repeating: "  ", count: depth) + "\(sections[depth]):")
            }
            open = sections
            lines.append(String(repeating: "  ", count: sections.count) + "\(parts[parts.count - 1]): \(value)")
        }
        return lines.joined(separator: "\n") + "\n"
    }
}

// SPDX-License-Identifier: Apache-2.0

package import Primitives

/// The reference of a service's configuration keys, made from the keys themselves.
package enum ConfigurationReference {
    /// A markdown section for `service` with one table row per key, in order of name.
    package static func markdown(service: String, keys: [SettingKey]) -> String {
        var lines = [
            "## \(service)",
            "",
            "| key | environment variable | kind | default | meaning |",
            "|---|---|---|---|---|",
        ]
        for key in keys.sorted(by: { $0.name < $1.name }) {
            let cells = [
                "`\(key.name)`",
                "`\(EnvironmentName.variable(for: key, of: service))`",
                key.kind.rawValue,
                key.defaultText.map { $0.isEmpty ? "" : "`\($0)`" } ?? "",
                meaning(of: key),
            ]
            lines.append("| " + cells.map(cell).joined(separator: " | ") + " |")
        }
        return lines.joined(separator: "\n") + "\n"
    }

    /// What may change while a service runs says so; everything else needs a restart.
    private static func meaning(of key: SettingKey) -> String {
        guard key.effect == .reload else { return key.summary }
        let isSentence = key.summary.hasSuffix(".")
        return (isSentence ? String(key.summary.dropLast()) : key.summary) + "; read again on SIGHUP"
            + (isSentence ? "." : "")
    }

    private static func cell(_ text: String) -> String {
        text.split(separator: "|", omittingEmptySubsequences: false).joined(separator: "\\|")
    }
}

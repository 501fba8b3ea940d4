// SPDX-License-Identifier: Apache-2.0

package import Primitives

/// What `check-config` prints: every key with its value and where it comes from, passwords hidden.
package struct ConfigurationReport {
    /// The resolved configuration as YAML, with the origin of each value as a comment.
    package let text: String
    /// Every fault, one line each.
    package let problems: [String]

    package init(settings: ServiceSettings, keys: [SettingKey]) {
        var lines: [String] = []
        var section = ""
        for key in keys.sorted(by: { $0.name < $1.name }) {
            let parts = key.name.split(separator: ".", maxSplits: 1).map(String.init)
            let indent = parts.count == 2 ? "  " : ""
            if parts.count == 2, parts[0] != section {
                section = parts[0]
                lines.append("\(section):")
            }
            let origin = settings.origins[key.name] ?? .builtIn
            let values = settings.values[key.name] ?? key.defaultText.map { [$0] }
            let shown = values.map { Self.shown($0, list: key.kind == .list) } ?? ""
            let comment = values == nil ? "not set" : origin.rawValue
            lines.append("\(indent)\(parts.last ?? key.name): \(shown)  # \(comment)")
        }
        text = lines.joined(separator: "\n") + "\n"
        problems = settings.problems
    }

    private static func shown(_ values: [String], list: Bool) -> String {
        let texts = values.map { LogText.escape(hidingPasswords(in: $0)) }
        return list ? "[\(texts.joined(separator: ", "))]" : texts.joined(separator: ", ")
    }

    /// Hides the password of a URL and the `password=` of a connection string.
    static func hidingPasswords(in text: String) -> String {
        var text = text
        if let scheme = text.firstRange(of: "://") {
            let rest = text[scheme.upperBound...]
            let authority = rest.prefix { $0 != "/" && $0 != "?" }
            if let at = authority.lastIndex(of: "@"), let colon = authority[..<at].firstIndex(of: ":") {
                text.replaceSubrange(text.index(after: colon)..<at, with: "•••")
            }
        }
        for name in ["password=", "sslpassword="] {
            guard let found = text.firstRange(of: name) else { continue }
            let end = text[found.upperBound...].firstIndex { $0 == "&" || $0 == " " } ?? text.endIndex
            text.replaceSubrange(found.upperBound..<end, with: "•••")
        }
        return text
    }
}

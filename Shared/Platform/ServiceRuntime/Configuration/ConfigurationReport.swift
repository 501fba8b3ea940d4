// SPDX-License-Identifier: Apache-2.0

import Foundation
package import Primitives

/// What `check-config` prints: every key with its value and where it comes from, passwords hidden.
package struct ConfigurationReport {
    private struct ReportedValue: Encodable {
        let key: String
        /// One text, of a list all of them, null when the key is not set and has no default.
        let value: ReportedText?
        /// `command line`, `environment`, `file`, `default` or `not set`.
        let origin: String

        private enum CodingKeys: CodingKey {
            case key, value, origin
        }

        /// `value` is always there.
        func encode(to encoder: any Encoder) throws {
            var container = encoder.container(keyedBy: CodingKeys.self)
            try container.encode(key, forKey: .key)
            try container.encode(value, forKey: .value)
            try container.encode(origin, forKey: .origin)
        }
    }

    private enum ReportedText: Encodable {
        case one(String)
        case list([String])

        func encode(to encoder: any Encoder) throws {
            var container = encoder.singleValueContainer()
            switch self {
            case .one(let text): try container.encode(text)
            case .list(let texts): try container.encode(texts)
            }
        }
    }

    private struct Document: Encodable {
        let values: [ReportedValue]
        let problems: [String]
    }

    /// The resolved configuration as YAML, with the origin of each value as a comment.
    package let text: String
    /// Every fault, one line each.
    package let problems: [String]
    private let reported: [ReportedValue]

    /// The same as one JSON document: `values` in order of key, and `problems`.
    package var document: String {
        get throws {
            let encoder = JSONEncoder()
            encoder.outputFormatting = [.sortedKeys, .prettyPrinted, .withoutEscapingSlashes]
            let data = try encoder.encode(Document(values: reported, problems: problems))
            return String(decoding: data, as: UTF8.self) + "\n"
        }
    }

    package init(settings: ServiceSettings, keys: [SettingKey]) {
        var lines: [String] = []
        var section = ""
        var reported: [ReportedValue] = []
        for key in keys.sorted(by: { $0.name < $1.name }) {
            let parts = key.name.split(separator: ".", maxSplits: 1).map(String.init)
            let indent = parts.count == 2 ? "  " : ""
            if parts.count == 2, parts[0] != section {
                section = parts[0]
                lines.append("\(section):")
            }
            let origin = settings.origins[key.name] ?? .builtIn
            let values = settings.values[key.name] ?? key.defaultText.map { [$0] }
            let texts = values?.map(Self.hidingPasswords(in:))
            let shown = Self.shown(values, of: key)
            let comment = values == nil ? "not set" : origin.rawValue
            lines.append("\(indent)\(parts.last ?? key.name): \(shown)  # \(comment)")
            reported.append(
                ReportedValue(
                    key: key.name,
                    value: texts.map { key.kind == .list ? .list($0) : .one($0.joined(separator: ", ")) },
                    origin: comment))
        }
        self.reported = reported
        text = lines.joined(separator: "\n") + "\n"
        problems = settings.problems
    }

    /// A value as YAML shows it, passwords hidden.
    static func shown(_ values: [String]?, of key: SettingKey) -> String {
        values.map { shown($0.map(hidingPasswords(in:)), list: key.kind == .list) } ?? ""
    }

    private static func shown(_ values: [String], list: Bool) -> String {
        let texts = values.map(LogText.escape)
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
        // Also `sslpassword`; libpq takes space around the sign, and quotes with escapes inside.
        return text.replacing(/(password\s*=\s*)(?:'(?:[^'\\]|\\.)*'?|[^&\s]*)/.ignoresCase()) { "\($0.output.1)•••" }
    }
}

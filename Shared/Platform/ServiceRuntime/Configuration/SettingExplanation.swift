// SPDX-License-Identifier: Apache-2.0

import Foundation
package import Primitives

/// Everything there is to say about one configuration key, passwords hidden; of a secret only where its file is.
package struct SettingExplanation {
    private struct Document: Encodable {
        let key: String
        let meaning: String
        let kind: String
        let `default`: String?
        let environment: String
        /// `reload`, `restart` or `command`.
        let effect: String
        /// Null when the key is not set and has no default; a list's items are separated by commas.
        let value: String?
        let origin: String
        let problems: [String]

        private enum CodingKeys: CodingKey {
            case key, meaning, kind, `default`, environment, effect, value, origin, problems
        }

        /// Every member is always there.
        func encode(to encoder: any Encoder) throws {
            var container = encoder.container(keyedBy: CodingKeys.self)
            try container.encode(key, forKey: .key)
            try container.encode(meaning, forKey: .meaning)
            try container.encode(kind, forKey: .kind)
            try container.encode(self.default, forKey: .default)
            try container.encode(environment, forKey: .environment)
            try container.encode(effect, forKey: .effect)
            try container.encode(value, forKey: .value)
            try container.encode(origin, forKey: .origin)
            try container.encode(problems, forKey: .problems)
        }
    }

    private let key: SettingKey
    private let variable: String
    private let values: [String]?
    private let origin: String
    private let problems: [String]

    /// - Parameter settings: nil when the configuration cannot be read; then nothing is said of what holds.
    package init(of key: SettingKey, service: String, settings: ServiceSettings?) {
        self.key = key
        variable = EnvironmentName.variable(for: key, of: service)
        guard let settings else {
            values = nil
            origin = "unknown"
            problems = []
            return
        }
        values = settings.values[key.name] ?? key.defaultText.map { [$0] }
        origin = values == nil ? "not set" : (settings.origins[key.name] ?? .builtIn).rawValue
        problems = settings.problems.filter { $0.hasPrefix("\(key.name): ") }
    }

    /// For people.
    package var text: String {
        let shown = ConfigurationReport.shown(values, of: key)
        let rows = [
            ("kind", kind),
            ("default", key.defaultText.map { $0.isEmpty ? "empty" : LogText.escape($0) } ?? "none"),
            ("environment", variable),
            ("command line", "--set \(key.name)=…"),
            ("a change holds", effect),
            ("value", shown.isEmpty ? origin : "\(shown)  (\(origin))"),
        ]
        let lines = rows.map { "  \($0.0): ".padding(toLength: 18, withPad: " ", startingAt: 0) + $0.1 }
        let faults = problems.map { "  fault:          \(LogText.escape($0))" }
        return ([key.name, "  \(key.summary)", ""] + lines + faults).joined(separator: "\n") + "\n"
    }

    /// The same as one JSON document.
    package var document: String {
        get throws {
            let encoder = JSONEncoder()
            encoder.outputFormatting = [.sortedKeys, .prettyPrinted, .withoutEscapingSlashes]
            let document = Document(
                key: key.name, meaning: key.summary, kind: key.kind.rawValue, default: key.defaultText,
                environment: variable, effect: key.effect.rawValue,
                value: values.map { $0.map(ConfigurationReport.hidingPasswords(in:)).joined(separator: ",") },
                origin: origin, problems: problems)
            return String(decoding: try encoder.encode(document), as: UTF8.self) + "\n"
        }
    }

    private var kind: String {
        switch key.kind {
        case .text, .integer, .path: key.kind.rawValue
        case .seconds: "whole seconds"
        case .boolean: "true or false"
        case .list: "list; commas separate the items of an environment variable"
        case .secretFile: "path of a file that holds the secret; users other than its owner and group may not touch it"
        }
    }

    private var effect: String {
        switch key.effect {
        case .restart: "after a restart"
        case .reload: "after SIGHUP, or a restart"
        case .command: "with the next command"
        }
    }
}

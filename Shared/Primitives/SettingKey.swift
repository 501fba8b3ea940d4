// SPDX-License-Identifier: Apache-2.0

/// One documented configuration key; the reference page is made from these.
package struct SettingKey: Sendable, Hashable {
    /// How the text of a value is read.
    package enum Kind: String, Sendable {
        case text, integer, seconds, boolean, list, path
        /// The path of a file that holds a secret; the value itself never stands in the configuration.
        case secretFile = "secret file"
    }

    /// When a changed value holds.
    package enum Effect: String, Sendable {
        /// The service reads it at its start alone.
        case restart
        /// The service reads it again on SIGHUP, and keeps every connection.
        case reload
        /// Commands read it, each time; the service does not.
        case command
    }

    /// `section.name`, such as `database.url`.
    package let name: String
    package let kind: Kind
    /// What holds when the key is absent; nil for none.
    package let defaultText: String?
    package let effect: Effect
    /// One sentence for operators.
    package let summary: String

    package init(
        _ name: String, _ kind: Kind, default defaultText: String? = nil, effect: Effect = .restart, _ summary: String
    ) {
        self.name = name
        self.kind = kind
        self.defaultText = defaultText
        self.effect = effect
        self.summary = summary
    }
}

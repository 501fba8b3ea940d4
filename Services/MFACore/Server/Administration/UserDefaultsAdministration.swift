// SPDX-License-Identifier: Apache-2.0
import MFACoreStore
import MFADomain

/// What the commands of `user defaults` do.
package enum UserDefaultsAdministration {
    /// What `user defaults set` says; nil leaves a value as it is, an empty text clears it.
    package struct Fields: Sendable {
        package var language: String?
        package var preferredFactor: String?
        /// Groups that new people join, and join no more.
        package var joined: [String]
        package var left: [String]
        package var isEnabled: Bool?

        package init(
            language: String? = nil, preferredFactor: String? = nil, joined: [String] = [], left: [String] = [],
            isEnabled: Bool? = nil
        ) {
            self.language = language
            self.preferredFactor = preferredFactor
            self.joined = joined
            self.left = left
            self.isEnabled = isEnabled
        }

        fileprivate var isEmpty: Bool {
            language == nil && preferredFactor == nil && joined.isEmpty && left.isEmpty && isEnabled == nil
        }
    }

    private struct Reported: Encodable {
        let language: String?
        let preferredFactor: String?
        let groups: [String]
        let enabled: Bool
    }

    package static func show(_ options: CommandOptions) async throws -> CommandReport {
        try await CommandDatabase.run(options) { client in
            try report(
                try await PostgresNewPersonDefaults(client: client, instance: CommandLineCaller.host).read())
        }
    }

    package static func set(_ fields: Fields, _ options: CommandOptions) async throws -> CommandReport {
        guard !fields.isEmpty else {
            throw CommandFault.usage("Say what new people are to begin with, such as --language de.")
        }
        let language: String?? = try fields.language.map { try UserFields.language($0) }
        let preferred: RequestedFactor?? = try fields.preferredFactor.map { word in
            try UserFields.preferredFactor(word.isEmpty ? nil : word)
        }
        let (joined, left, isEnabled) = (try UserFields.groups(fields.joined), fields.left, fields.isEnabled)
        return try await CommandDatabase.run(options) { client in
            let store = PostgresNewPersonDefaults(client: client, instance: CommandLineCaller.host)
            let defaults = try await store.change(caller: CommandLineCaller.current) { defaults in
                if let language { defaults.language = language }
                if let preferred { defaults.preferredFactor = preferred }
                let groups = Set(defaults.groups).subtracting(left).union(joined)
                defaults.groups = try UserFields.groups(groups.sorted())
                if let isEnabled { defaults.isEnabled = isEnabled }
            }
            return try report(defaults)
        }
    }

    private static func report(_ defaults: NewPersonDefaults) throws -> CommandReport {
        try CommandReport(
            TextTable.facts([
                ("language", defaults.language ?? "none"),
                ("preferred factor", defaults.preferredFactor?.rawValue ?? "none"),
                ("groups", defaults.groups.isEmpty ? "none" : defaults.groups.joined(separator: ", ")),
                ("may sign in", defaults.isEnabled ? "yes" : "no, until somebody enables them"),
            ]),
            document: Reported(
                language: defaults.language, preferredFactor: defaults.preferredFactor?.rawValue,
                groups: defaults.groups, enabled: defaults.isEnabled))
    }
}

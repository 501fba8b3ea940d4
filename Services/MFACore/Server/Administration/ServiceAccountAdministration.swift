// SPDX-License-Identifier: Apache-2.0
import MFAAPI
import MFACoreStore
import MFADomain
import Primitives

/// What `service-account add`, `list`, `disable` and `remove` do; none of them needs the master key.
package enum ServiceAccountAdministration {
    private static let networksMax = 64

    private struct ReportedAccount: Encodable {
        let id: String
        let name: String
        let scopes: [String]
        let application: String?
        let networks: [String]
        /// `active` or `disabled`.
        var state = "active"
        var createdAt: Instant?
        var createdBy: String?
        /// Only in the answer to `add`, and nowhere ever again.
        var secret: String?
    }

    /// Adds an account; its secret stands in the report and can never be shown again.
    package static func add(
        _ name: String, scopes: [String], application: String?, networks: [String], _ options: CommandOptions
    ) async throws -> CommandReport {
        let account = NewServiceAccount(
            id: SystemRandomSource().identifier(), name: try checkedName(name), scopes: try checkedScopes(scopes),
            application: try checkedApplication(application), networks: try checkedNetworks(networks))
        return try await CommandDatabase.run(options) { client in
            let secret = ServiceAccountSecret(random: SystemRandomSource())
            try await PostgresServiceAccountStore(client: client, instance: CommandLineCaller.host)
                .add(account, secret: secret, caller: CommandLineCaller.current)
            let shown = secret.text.withBytes { String(decoding: $0, as: UTF8.self) }
            let facts = TextTable.facts([
                ("name", account.name), ("scopes", account.scopes.joined(separator: " ")),
                ("application", account.application),
                ("networks", account.networks.isEmpty ? "any" : account.networks.joined(separator: " ")),
                ("secret", shown),
            ])
            return try CommandReport(
                facts + "Keep the secret now: it is not stored and cannot be shown again.\n",
                document: ReportedAccount(
                    id: account.id.description, name: account.name, scopes: account.scopes,
                    application: account.application, networks: account.networks, secret: shown))
        }
    }

    /// Accounts that are not removed.
    package static func list(_ options: CommandOptions) async throws -> CommandReport {
        try await CommandDatabase.run(options) { client in
            let accounts = try await PostgresServiceAccountStore(client: client, instance: CommandLineCaller.host)
                .list()
            let items = accounts.map { account in
                ReportedAccount(
                    id: account.id.description, name: account.name, scopes: account.scopes,
                    application: account.application, networks: account.networks,
                    state: account.disabledAt == nil ? "active" : "disabled", createdAt: account.createdAt,
                    createdBy: account.createdBy)
            }
            var table = TextTable(["NAME", "STATE", "SCOPES", "APPLICATION", "NETWORKS", "CREATED AT", "CREATED BY"])
            for item in items {
                table.add([
                    item.name, item.state, item.scopes.joined(separator: " "), item.application,
                    item.networks.isEmpty ? "any" : item.networks.joined(separator: " "), item.createdAt?.description,
                    item.createdBy,
                ])
            }
            return try CommandReport(
                table.text(empty: "There is no service account."), document: ReportedItems(items))
        }
    }

    /// Refuses the account from now on.
    package static func disable(_ name: String, _ options: CommandOptions) async throws -> CommandReport {
        try await CommandDatabase.run(options) { client in
            let isChanged = try await PostgresServiceAccountStore(client: client, instance: CommandLineCaller.host)
                .disable(name, caller: CommandLineCaller.current)
            return try CommandReport(
                isChanged ? "Disabled service account \(name).\n" : "Service account \(name) is disabled already.\n",
                document: ReportedAct(name: name, state: "disabled"))
        }
    }

    /// Ends the account for good.
    package static func remove(_ name: String, _ options: CommandOptions) async throws -> CommandReport {
        try await CommandDatabase.run(options) { client in
            try await PostgresServiceAccountStore(client: client, instance: CommandLineCaller.host)
                .remove(name, caller: CommandLineCaller.current)
            return try CommandReport(
                "Removed service account \(name); its name stays taken.\n",
                document: ReportedAct(name: name, state: "removed"))
        }
    }

    private static func checkedName(_ name: String) throws -> String {
        let isClean = name.utf8.allSatisfy { character in
            switch character {
            case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "."),
                UInt8(ascii: "_"), UInt8(ascii: "-"):
                true
            default: false
            }
        }
        guard (1...64).contains(name.utf8.count), isClean else {
            throw CommandFault.usage("The name of a service account is 1 to 64 of a–z, 0–9, “.”, “_” and “-”.")
        }
        return name
    }

    private static func checkedScopes(_ texts: [String]) throws -> [String] {
        var scopes: [Scope] = []
        for text in texts {
            guard let scope = Scope(rawValue: text) else {
                let known = Scope.allCases.map(\.rawValue).joined(separator: ", ")
                throw CommandFault.usage("There is no scope “\(text)”; expected some of \(known).")
            }
            if !scopes.contains(scope) { scopes.append(scope) }
        }
        guard !scopes.isEmpty else { throw CommandFault.usage("A service account needs at least one --scope.") }
        // Whoever takes over a service that the Internet reaches must not gain a second right with it.
        if scopes.count > 1, let lone = scopes.first(where: { $0 == .mobile || $0 == .portal }) {
            throw CommandFault.usage(
                "The scope \(lone.rawValue) stands alone: give the other scopes to an account of their own.")
        }
        return scopes.map(\.rawValue)
    }

    private static func checkedApplication(_ application: String?) throws -> String? {
        guard let application else { return nil }
        let isClean = application.unicodeScalars.allSatisfy { scalar in
            switch scalar.properties.generalCategory {
            case .control, .lineSeparator, .paragraphSeparator: false
            default: true
            }
        }
        guard (1...64).contains(application.count), isClean else {
            throw CommandFault.usage("The name of an application is 1 to 64 characters without line breaks.")
        }
        return application
    }

    private static func checkedNetworks(_ texts: [String]) throws -> [String] {
        guard texts.count <= networksMax else { throw CommandFault.usage("At most \(networksMax) networks.") }
        return try texts.map { text in
            guard let network = IPNetwork(text) else {
                throw CommandFault.usage("“\(text)” is no network such as 10.0.0.0/8 or 2001:db8::/32.")
            }
            return network.description
        }
    }
}

// SPDX-License-Identifier: Apache-2.0
package import MFADomain
package import Postgres
package import Primitives

/// Administers service accounts; each act and its audit row are one transaction.
package struct PostgresServiceAccountStore: Sendable {
    /// Accounts in one list; an installation has some dozens.
    package static let listMax = 1000

    private let client: PostgresClient
    private let instance: String

    /// - Parameter instance: names this host in the audit.
    package init(client: PostgresClient, instance: String) {
        self.client = client
        self.instance = instance
    }

    /// Adds an account with its first secret.
    ///
    /// - Throws: ``Refusal`` `conflict` when the name is or was in use: a removed account's name is never given again.
    package func add(_ account: NewServiceAccount, secret: ServiceAccountSecret, caller: Caller) async throws {
        let event = AuditEvent(
            "service_account.added", outcome: "done", application: account.application,
            detail: [
                "name": account.name, "scopes": account.scopes.joined(separator: " "),
                "networks": account.networks.isEmpty ? "any" : account.networks.joined(separator: " "),
            ])
        do {
            try await client.withTransaction { transaction in
                _ = try await transaction.batch([
                    (
                        ServiceAccountStatements.insert,
                        [
                            .id(account.id), .text(account.name), .texts(account.scopes), .text(account.application),
                            .texts(account.networks), .text(caller.account),
                        ]
                    ),
                    (
                        ServiceAccountStatements.insertSecret,
                        [.text(secret.id), .id(account.id), .bytes(secret.hash)]
                    ),
                    AuditStatements.appending([event], caller: caller, instance: instance),
                ])
            }
        } catch let error as PostgresError where error.constraint == "service_account_name_key" {
            throw Refusal(
                .conflict,
                detail: "The name “\(account.name)” is or was that of a service account; choose another one.",
                reason: "name taken")
        }
    }

    /// Accounts that are not removed, by name.
    package func list() async throws(PostgresError) -> [ServiceAccount] {
        var accounts: [ServiceAccount] = []
        for row in try await client.query(ServiceAccountStatements.list, [.integer(Self.listMax)]) {
            accounts.append(
                ServiceAccount(
                    id: try row.id("id"), name: try row.text("name"), scopes: try row.texts("scopes"),
                    application: try row.optionalText("application"), networks: try row.texts("networks"),
                    createdAt: try row.instant("created_at"), createdBy: try row.text("created_by"),
                    disabledAt: try row.optionalInstant("disabled_at"),
                    removedAt: try row.optionalInstant("removed_at")))
        }
        return accounts
    }

    /// Refuses the account from now on; false when it was disabled before.
    package func disable(_ name: String, caller: Caller) async throws -> Bool {
        try await change(name, event: "service_account.disabled", caller: caller) { row in
            guard try row.isNull("disabled_at") else { return nil }
            return [(ServiceAccountStatements.disable, [.id(try row.id("id") as ServiceAccountID)])]
        }
    }

    /// Ends the account and its secrets; its name stays taken.
    package func remove(_ name: String, caller: Caller) async throws {
        _ = try await change(name, event: "service_account.removed", caller: caller) { row in
            let id: ServiceAccountID = try row.id("id")
            return [(ServiceAccountStatements.remove, [.id(id)]), (ServiceAccountStatements.endSecrets, [.id(id)])]
        }
    }

    private func change(
        _ name: String, event: String, caller: Caller,
        _ statements: @Sendable (Row) throws -> [(Statement, [PostgresValue])]?
    ) async throws -> Bool {
        try await client.withTransaction { transaction in
            guard let row = try await transaction.query(ServiceAccountStatements.lock, [.text(name)]).first else {
                throw Refusal(
                    .notFound, detail: "There is no service account “\(name)”.", reason: "no such service account")
            }
            guard let list = try statements(row) else { return false }
            let audit = AuditEvent(event, outcome: "done", detail: ["name": name])
            _ = try await transaction.batch(
                list + [AuditStatements.appending([audit], caller: caller, instance: instance)])
            return true
        }
    }
}

/// A service account to be made.
package struct NewServiceAccount: Sendable {
    package let id: ServiceAccountID
    package let name: String
    package let scopes: [String]
    package let application: String?
    package let networks: [String]

    package init(id: ServiceAccountID, name: String, scopes: [String], application: String?, networks: [String]) {
        self.id = id
        self.name = name
        self.scopes = scopes
        self.application = application
        self.networks = networks
    }
}

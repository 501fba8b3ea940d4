// SPDX-License-Identifier: Apache-2.0
package import MFADomain
package import Postgres
import Primitives

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

    /// Adds an account with its first secret, or with none when certificates are to open the door to it.
    ///
    /// - Throws: ``Refusal`` `conflict` when the name is or was in use: a removed account's name is never given again;
    ///   the same for the marks of its certificates.
    package func add(_ account: NewServiceAccount, secret: ServiceAccountSecret?, caller: Caller) async throws {
        let event = AuditEvent(
            "service_account.added", outcome: "done", application: account.application,
            detail: [
                "name": account.name, "scopes": account.scopes.joined(separator: " "),
                "networks": account.networks.isEmpty ? "any" : account.networks.joined(separator: " "),
                "certificates": account.certificates.joined(separator: " "),
            ].filter { !$0.value.isEmpty })
        var statements: [(Statement, [PostgresValue])] = [
            (
                ServiceAccountStatements.insert,
                [
                    .id(account.id), .text(account.name), .texts(account.scopes), .text(account.application),
                    .texts(account.networks), .text(caller.account),
                ] + Self.values(account.limits)
            )
        ]
        if let secret { statements.append(Self.insertion(of: secret, account.id)) }
        do {
            try await client.withTransaction { [statements] transaction in
                _ = try await transaction.batch(statements)
                try await Self.insert(account.certificates, account.id, transaction)
                var audit = event
                audit.changes = AuditChange.between([:], try await Self.facts(of: account.id, transaction))
                let (append, values) = AuditStatements.appending([audit], caller: caller, instance: instance)
                _ = try await transaction.finish(append, values)
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
            accounts.append(try ServiceAccount(row))
        }
        return accounts
    }

    /// Gives the account another secret; the present ones end after `overlap`, by the database's time.
    ///
    /// - Throws: ``Refusal`` `conflict` when two secrets live already and are to live on: whoever still uses the older
    ///   one must not be cut off by accident.
    package func rotate(
        _ name: String, to secret: ServiceAccountSecret, overlap: Duration, caller: Caller
    ) async throws {
        let detail = ["credential": "secret", "overlapSeconds": String(overlap.components.seconds)]
        try await change(name, event: "service_account.rotated", detail: detail, caller: caller) { row, transaction in
            let id: ServiceAccountID = try row.id("id")
            let found = try await transaction.query(ServiceAccountStatements.liveSecrets, [.id(id)]).first
            if overlap > .zero, let found, try found.integer("live") >= 2 {
                let end = try found.optionalInstant("first_end").map { " until \($0)" } ?? ""
                throw Refusal(
                    .conflict,
                    detail: "“\(name)” has two live secrets\(end); wait, or end both by --overlap-seconds 0.",
                    reason: "two live secrets")
            }
            return [
                Self.insertion(of: secret, id), Self.end(ServiceAccountStatements.endSecrets, id, overlap, [secret.id]),
            ]
        }
    }

    /// Lets the account in by other certificates; the present ones end after `overlap`.
    package func rotate(
        _ name: String, toCertificates marks: [String], overlap: Duration, caller: Caller
    ) async throws {
        let detail = [
            "credential": "certificate", "certificates": marks.joined(separator: " "),
            "overlapSeconds": String(overlap.components.seconds),
        ]
        try await change(name, event: "service_account.rotated", detail: detail, caller: caller) { row, transaction in
            let id: ServiceAccountID = try row.id("id")
            try await Self.insert(marks, id, transaction)
            return [Self.end(ServiceAccountStatements.endCertificates, id, overlap, marks)]
        }
    }

    /// Gives the account limits of its own.
    package func setLimits(_ name: String, _ limits: ServiceAccount.Limits, caller: Caller) async throws {
        let detail = [
            "ratePerSecond": limits.ratePerSecond, "concurrencyMax": limits.concurrencyMax,
            "waitingMax": limits.waitingMax,
        ].mapValues { $0.map { String($0) } ?? "default" }
        try await change(name, event: "service_account.limited", detail: detail, caller: caller) { row, _ in
            let id: ServiceAccountID = try row.id("id")
            return [(ServiceAccountStatements.setLimits, [.id(id)] + Self.values(limits))]
        }
    }

    /// Refuses the account from now on; false when it was disabled before.
    package func disable(_ name: String, caller: Caller) async throws -> Bool {
        try await change(name, event: "service_account.disabled", caller: caller) { row, _ in
            guard try row.isNull("disabled_at") else { return nil }
            return [(ServiceAccountStatements.disable, [.id(try row.id("id") as ServiceAccountID)])]
        }
    }

    /// Ends the account with its secrets and certificates; its name stays taken.
    package func remove(_ name: String, caller: Caller) async throws {
        try await change(name, event: "service_account.removed", caller: caller) { row, _ in
            let id: ServiceAccountID = try row.id("id")
            return [
                (ServiceAccountStatements.remove, [.id(id)]),
                Self.end(ServiceAccountStatements.endSecrets, id, .zero, []),
                Self.end(ServiceAccountStatements.endCertificates, id, .zero, []),
            ]
        }
    }

    @discardableResult
    private func change(
        _ name: String, event: String, detail: [String: String] = [:], caller: Caller,
        _ statements: @escaping @Sendable (Row, Transaction) async throws -> [(Statement, [PostgresValue])]?
    ) async throws -> Bool {
        try await client.withTransaction { transaction in
            guard let row = try await transaction.query(ServiceAccountStatements.lock, [.text(name)]).first else {
                throw Refusal(
                    .notFound, detail: "There is no service account “\(name)”.", reason: "no such service account")
            }
            let id: ServiceAccountID = try row.id("id")
            let before = try await Self.facts(of: id, transaction)
            guard let list = try await statements(row, transaction) else { return false }
            _ = try await transaction.batch(list)
            let changes = AuditChange.between(before, try await Self.facts(of: id, transaction))
            let audit = AuditEvent(
                event, outcome: "done", detail: detail.merging(["name": name]) { $1 }, changes: changes)
            let (append, values) = AuditStatements.appending([audit], caller: caller, instance: instance)
            _ = try await transaction.finish(append, values)
            return true
        }
    }

    /// The account as the audit tells it, read in the transaction that changes it.
    private static func facts(
        of id: ServiceAccountID, _ transaction: Transaction
    ) async throws -> [String: AuditChange.Value] {
        guard let row = try await transaction.query(ServiceAccountStatements.read, [.id(id)]).first else { return [:] }
        return try ServiceAccount(row).auditFacts
    }

    private static func insertion(
        of secret: ServiceAccountSecret, _ id: ServiceAccountID
    ) -> (Statement, [PostgresValue]) {
        (ServiceAccountStatements.insertSecret, [.text(secret.id), .id(id), .bytes(secret.hash)])
    }

    private static func insert(_ marks: [String], _ id: ServiceAccountID, _ transaction: Transaction) async throws {
        for mark in marks {
            let rows = try await transaction.query(ServiceAccountStatements.insertCertificate, [.text(mark), .id(id)])
            guard rows.first != nil else {
                throw Refusal(
                    .conflict, detail: "The certificate “\(mark)” is or was that of another account.",
                    reason: "certificate taken")
            }
        }
    }

    private static func end(
        _ statement: Statement, _ id: ServiceAccountID, _ overlap: Duration, _ kept: [String]
    ) -> (Statement, [PostgresValue]) {
        (statement, [.id(id), .integer(overlap.components.seconds), .texts(kept)])
    }

    private static func values(_ limits: ServiceAccount.Limits) -> [PostgresValue] {
        [limits.ratePerSecond, limits.concurrencyMax, limits.waitingMax].map { .integer($0.map { Int64($0) }) }
    }
}

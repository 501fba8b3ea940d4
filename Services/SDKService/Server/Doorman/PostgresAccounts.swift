// SPDX-License-Identifier: Apache-2.0
package import Postgres
import MFAAPI
import Primitives

/// Reads the service accounts from sdk-service's own schema.
package struct PostgresAccounts: Sendable {
    private let client: PostgresClient
    /// Set by each reading.
    package let clock = DatabaseClock()

    package init(_ client: PostgresClient) {
        self.client = client
    }

    /// Every account that is not removed. An installation has some dozens, so all are read at once: then a name
    /// that nobody has costs what a known one costs.
    package func list() async throws -> [DoorAccount] {
        struct Found {
            let scopes: Set<Scope>
            let application: String?
            let networks: [IPNetwork]?
            let isDisabled: Bool
            let certificates: Set<String>
            let limits: AccountLimitOverrides
            var secrets: [String: [UInt8]] = [:]
        }
        var found: [String: Found] = [:]
        let rows = try await client.query(DoorStatements.accounts, deadline: Limits.accountDeadline)
        if let first = rows.first { clock.learn(try first.instant("now")) }
        for row in rows {
            let name = try row.text("name")
            var account =
                try found[name]
                ?? Found(
                    // A scope that a newer version knows opens nothing here.
                    scopes: Set(row.texts("scopes").compactMap(Scope.init(rawValue:))),
                    application: row.optionalText("application"), networks: Self.networks(row.texts("networks")),
                    isDisabled: row.boolean("is_disabled"), certificates: Set(row.texts("certificates")),
                    limits: AccountLimitOverrides(
                        ratePerSecond: row.optionalInteger("rate_per_second").map { Int($0) },
                        concurrencyMax: row.optionalInteger("concurrency_max").map { Int($0) },
                        waitingMax: row.optionalInteger("waiting_max").map { Int($0) }))
            if let id = try row.optionalText("secret_id") { account.secrets[id] = try row.bytes("hash") }
            found[name] = account
        }
        return found.map { name, account in
            var known = DoorAccount(
                name: name, scopes: account.scopes, application: account.application, networks: account.networks,
                isDisabled: account.isDisabled, secrets: account.secrets)
            (known.certificates, known.limits) = (account.certificates, account.limits)
            return known
        }
    }

    /// No network written down is any network; one that cannot be read is none.
    private static func networks(_ texts: [String]) -> [IPNetwork]? {
        texts.isEmpty ? nil : texts.compactMap(IPNetwork.init)
    }

    /// Whether the accounts can be read, on a server that takes writes.
    func probe() async throws {
        _ = try await client.probe()
        _ = try await client.query(DoorStatements.probe, deadline: Limits.accountDeadline)
    }
}

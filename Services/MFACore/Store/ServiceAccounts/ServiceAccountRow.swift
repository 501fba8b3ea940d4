// SPDX-License-Identifier: Apache-2.0
import MFADomain
import Postgres
import Primitives

extension ServiceAccount {
    /// A row of ``ServiceAccountStatements/list``.
    init(_ row: Row) throws(PostgresError) {
        self.init(
            id: try row.id("id"), name: try row.text("name"), scopes: try row.texts("scopes"),
            application: try row.optionalText("application"), networks: try row.texts("networks"),
            limits: Limits(
                ratePerSecond: try row.optionalInteger("rate_per_second").map { Int($0) },
                concurrencyMax: try row.optionalInteger("concurrency_max").map { Int($0) },
                waitingMax: try row.optionalInteger("waiting_max").map { Int($0) }),
            createdAt: try row.instant("created_at"), createdBy: try row.text("created_by"),
            disabledAt: try row.optionalInstant("disabled_at"), removedAt: try row.optionalInstant("removed_at"),
            secrets: try Self.credentials("secret", row), certificates: try Self.credentials("certificate", row))
    }

    private static func credentials(_ kind: String, _ row: Row) throws(PostgresError) -> [Credential] {
        guard try !row.isNull("\(kind)_names") else { return [] }
        let (names, begins) = (try row.texts("\(kind)_names"), try row.instants("\(kind)_begins"))
        let ends = try row.optionalInstants("\(kind)_ends")
        return names.indices.map { Credential(name: names[$0], createdAt: begins[$0], endsAt: ends[$0]) }
    }
}

// SPDX-License-Identifier: Apache-2.0
package import Postgres
package import Primitives

/// One row of the audit as it was written.
package struct AuditRecord: Sendable {
    package let id: Int64
    package let at: Instant
    package let event: String
    package let outcome: String
    package let reason: String?
    package let frontEnd: String
    package let actor: String
    package let peer: String?
    package let application: String?
    package let clientAddress: String?
    package let userGiven: String?
    package let userID: UserID?
    package let factorID: FactorID?
    package let factorKind: String?
    package let signInID: SignInID?
    package let requestID: String?
    package let instance: String?
    /// A JSON object.
    package let detail: String

    init(_ row: Row) throws(PostgresError) {
        id = try row.integer("id")
        at = try row.instant("at")
        event = try row.text("event")
        outcome = try row.text("outcome")
        reason = try row.optionalText("reason")
        frontEnd = try row.text("front_end")
        actor = try row.text("actor")
        peer = try row.optionalText("peer")
        application = try row.optionalText("application")
        clientAddress = try row.optionalText("client_address")
        userGiven = try row.optionalText("user_given")
        userID = try row.optionalID("user_id")
        factorID = try row.optionalID("factor_id")
        factorKind = try row.optionalText("factor_kind")
        signInID = try row.optionalID("sign_in_id")
        requestID = try row.optionalText("request_id")
        instance = try row.optionalText("instance")
        detail = try row.text("detail")
    }
}

/// Reads the audit page by page, the latest row first.
package struct PostgresAuditReader: Sendable {
    private let client: PostgresClient

    package init(client: PostgresClient) {
        self.client = client
    }

    /// Up to `limit` rows with ids below `before`, of one user or event if named.
    package func list(
        before: Int64? = nil, user: UserID? = nil, event: String? = nil, limit: Int
    ) async throws(PostgresError) -> [AuditRecord] {
        let rows = try await client.query(
            AuditStatements.list, [.integer(before), .id(user), .text(event), .integer(limit)])
        var records: [AuditRecord] = []
        for row in rows { records.append(try AuditRecord(row)) }
        return records
    }

    /// The id of the person who has this canonical name now.
    package func userID(named canonicalName: String) async throws(PostgresError) -> UserID? {
        try await client.query(UserStatements.readByName, [.text(canonicalName)]).first?.id("user_id")
    }
}

// SPDX-License-Identifier: Apache-2.0
package import MFADomain
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

/// A row's place in the hash chain.
package struct AuditLink: Sendable {
    package let seq: Int64
    package let hash: [UInt8]
}

/// Reads the audit page by page, the latest row first.
package struct PostgresAuditReader: Sendable {
    /// A filter that hardly any row passes may have to read many.
    private static let deadline: Duration = .seconds(15)
    /// The server gives up first, so that its connection stays; sdk-service waits longer than both.
    private static let pagePatience: Duration = .seconds(4)
    private static let pageDeadline: Duration = .seconds(6)

    private let client: PostgresClient

    package init(client: PostgresClient) {
        self.client = client
    }

    /// Up to `limit` rows with ids below `before` that the filter lets through.
    package func list(
        _ filter: AuditFilter = AuditFilter(), before: Int64? = nil, limit: Int
    ) async throws -> [AuditRecord] {
        try await list(filter, before, limit, patience: Self.deadline, deadline: Self.deadline)
    }

    /// - Parameter patience: after which the server gives up.
    private func list(
        _ filter: AuditFilter, _ before: Int64?, _ limit: Int, patience: Duration, deadline: Duration
    ) async throws -> [AuditRecord] {
        try await client.withTransaction(deadline: deadline) { transaction in
            let results = try await transaction.batch([
                (AuditStatements.limit, [.text(String(patience.components.seconds * 1_000))]),
                (AuditStatements.list, [.integer(before), .integer(limit)] + filter.values),
            ])
            return try results[1].map { try AuditRecord($0) }
        }
    }

    /// The same for callers of a service at work: on a connection of its own, so that no decision stands behind it in a
    /// queue, and given up by the server itself when the filter lets through too little of too much.
    ///
    /// - Throws: ``Refusal`` `unavailable`, with a sentence where another filter helps.
    package func page(_ filter: AuditFilter, before: Int64?, limit: Int) async throws(Refusal) -> [AuditRecord] {
        do {
            return try await list(
                filter, before, limit, patience: Self.pagePatience, deadline: Self.pageDeadline)
        } catch let error as PostgresError where error.sqlState == "57014" {
            throw Refusal(
                .unavailable, detail: "Too many rows have to be looked at: narrow them down by since and until.",
                reason: error.description)
        } catch let error as PostgresError {
            throw Refusal(.unavailable, reason: error.description)
        } catch {
            throw Refusal(.unavailable, reason: "the audit could not be read")
        }
    }

    /// One row, and its link as soon as it has one.
    package func show(
        _ id: Int64
    ) async throws(PostgresError) -> (record: AuditRecord, transaction: String, link: AuditLink?)? {
        guard let row = try await client.query(AuditStatements.show, [.integer(id)]).first else { return nil }
        var link: AuditLink?
        if let seq = try row.optionalInteger("seq") { link = AuditLink(seq: seq, hash: try row.bytes("hash")) }
        return (try AuditRecord(row), try row.text("xid"), link)
    }

    /// Which line of the policy decided a sign-in; nil for the built-in policy, and when the sign-in is kept no longer.
    ///
    /// - Throws: `isPrivilegeMissing` for a login that reads the audit alone.
    package func explanation(of signIn: SignInID) async throws(PostgresError) -> PolicyExplanation? {
        guard let row = try await client.query(AuditStatements.explanation, [.id(signIn)]).first else { return nil }
        return try row.optionalText("explanation").flatMap(PolicyRow.explanation)
    }

    /// The id of the person who has this canonical name now.
    package func userID(named canonicalName: String) async throws(PostgresError) -> UserID? {
        try await client.query(UserStatements.readByName, [.text(canonicalName)]).first?.id("user_id")
    }
}

// SPDX-License-Identifier: Apache-2.0
import Postgres

/// A link of the audit's chain with its row, for a receiver elsewhere.
package struct ForwardedRow: Sendable {
    /// The row itself.
    package struct Content: Sendable {
        /// RFC 3339 in UTC, six digits of a second.
        package let at: String
        package let event: String
        package let outcome: String
        package let reason: String?
        /// Host and process that wrote it.
        package let instance: String?
        package let actor: String
        package let application: String?
        package let userGiven: String?
        package let clientAddress: String?
        /// Its canonical JSON, as it was hashed.
        package let canonical: [UInt8]
    }

    /// The link's number and hash.
    package let seq: Int64
    package let hash: [UInt8]
    package let id: Int64
    /// Nil when the row is gone.
    package let content: Content?

    init(_ row: Row) throws(PostgresError) {
        seq = try row.integer("link_seq")
        hash = try row.bytes("hash")
        id = try row.integer("link_id")
        guard let event = try row.optionalText("event") else {
            content = nil
            return
        }
        var canonical: [UInt8] = []
        CanonicalAuditRow.append(row, from: 0, seq: seq, to: &canonical)
        content = Content(
            at: try row.text("at"), event: event, outcome: try row.text("outcome"),
            reason: try row.optionalText("reason"), instance: try row.optionalText("instance"),
            actor: try row.text("actor"), application: try row.optionalText("application"),
            userGiven: try row.optionalText("user_given"), clientAddress: try row.optionalText("client_address"),
            canonical: canonical)
    }
}

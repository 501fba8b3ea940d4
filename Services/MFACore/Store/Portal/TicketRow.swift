// SPDX-License-Identifier: Apache-2.0
import MFADomain
import Postgres

/// Reads the columns of a ticket.
enum TicketRow {
    static func ticket(_ row: Row) throws(PostgresError) -> Ticket {
        guard let kind = FactorKind(rawValue: try row.text("factor_kind")) else {
            throw PostgresError(.decoding, "a ticket has an unknown kind of factor")
        }
        return Ticket(
            hash: try row.bytes("hash"), userID: try row.id("user_id"), account: try row.text("account"),
            factorKind: kind, provedAt: try row.instant("proved_at"), createdAt: try row.instant("created_at"),
            lastUsedAt: try row.instant("last_used_at"))
    }
}

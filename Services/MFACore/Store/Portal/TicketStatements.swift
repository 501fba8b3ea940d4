// SPDX-License-Identifier: Apache-2.0
import Postgres

/// Tickets of people who signed in to the portal.
enum TicketStatements {
    /// Parameters: `$1` hash. Rows: the ticket.
    static let read = Statement(
        "ticket.read",
        """
        select t.hash, t.user_id, t.account, t.factor_kind, t.proved_at, t.created_at, t.last_used_at
        from core.ticket t where t.hash = $1
        """)

    /// Parameters: `$1` hash, `$2` user, `$3` account, `$4` factor kind, `$5` proved at, `$6` created at.
    static let insert = Statement(
        "ticket.insert",
        """
        insert into core.ticket (hash, user_id, account, factor_kind, proved_at, created_at, last_used_at)
        values ($1, $2, $3, $4, $5, $6, $6)
        """)

    /// Parameters: `$1` hash.
    static let touch = Statement(
        "ticket.touch", "update core.ticket set last_used_at = clock_timestamp() where hash = $1")

    /// Parameters: `$1` user.
    static let endAll = Statement("ticket.end_all", "delete from core.ticket where user_id = $1")

    /// Parameters: `$1` hash.
    static let end = Statement("ticket.end", "delete from core.ticket where hash = $1")

    static let all: [Statement] = [read, insert, touch, endAll, end]
}

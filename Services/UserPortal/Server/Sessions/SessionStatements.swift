// SPDX-License-Identifier: Apache-2.0
package import Postgres

/// The portal's only table.
package enum SessionStatements {
    /// Parameters: `$1` hash, `$2` stage, `$3` sealed, `$4` hash of the session that ends, or null.
    static let begin = Statement(
        "portal.session_begin",
        """
        with ended as (delete from portal.session where hash = $4)
        insert into portal.session (hash, stage, sealed) values ($1, $2, $3)
        """)

    /// Parameters: `$1` hash, `$2` idle, `$3` absolute (intervals). Rows: the session, when it still lives.
    static let use = Statement(
        "portal.session_use",
        """
        update portal.session set last_used_at = clock_timestamp()
        where hash = $1 and last_used_at > clock_timestamp() - $2::interval
            and created_at > clock_timestamp() - $3::interval
        returning stage, sealed
        """)

    /// Parameters: `$1` hash, `$2` stage, `$3` sealed. A session that ended meanwhile stays ended.
    static let change = Statement(
        "portal.session_change", "update portal.session set sealed = $3 where hash = $1 and stage = $2")

    /// Parameters: `$1` hash.
    static let end = Statement("portal.session_end", "delete from portal.session where hash = $1")

    /// Parameters: `$1` idle, `$2` absolute (intervals). Rows: `swept`.
    static let sweep = Statement(
        "portal.session_sweep",
        """
        with gone as (
            delete from portal.session
            where last_used_at <= clock_timestamp() - $1::interval or created_at <= clock_timestamp() - $2::interval
            returning 1)
        select count(*) as swept from gone
        """)

    /// Rows: `writable`, false on a server that takes no writes.
    static let ready = Statement(
        "portal.ready",
        """
        select not pg_is_in_recovery() and has_table_privilege('portal.session', 'insert, update, delete') as writable
        """)

    /// Every statement of this service.
    package static let all: [Statement] = [begin, use, change, end, sweep, ready]
}

// SPDX-License-Identifier: Apache-2.0
import Postgres

/// Writing the chain, and walking along it.
enum AuditChainStatements {
    /// Rows written at once: some ten milliseconds of work, so that no run is long.
    static let batchMax = 2000
    /// Links and rows read at once by a walk.
    static let walkMax = 5000

    private static let time = #"'YYYY-MM-DD"T"HH24:MI:SS.US"Z"'"#

    /// The columns of ``CanonicalAuditRow/columns`` in their order, of the row `alias`.
    static func columns(of alias: String) -> String {
        CanonicalAuditRow.columns.map { column in
            switch column {
            case "at": "to_char(\(alias).at at time zone 'UTC', \(time)) as at"
            case "xid": "\(alias).xid::text as xid"
            default: "\(alias).\(column)"
            }
        }.joined(separator: ", ")
    }

    /// Rows: whether this copy does the run; the lock ends with the transaction.
    static let lock = Statement(
        "audit.chain_lock",
        "select pg_try_advisory_xact_lock(hashtextextended('countersign.audit_chain', 0)) as locked")

    /// Rows: the last link, or none; `is_foreign` when its row, or without a link the latest row, is of a transaction
    /// that this server has not reached yet: the database was brought over from another server by a dump.
    static let head = Statement(
        "audit.chain_head",
        """
        select l.seq, l.audit_id, l.xid::text as xid, l.hash,
            coalesce(l.xid, (select e.xid from core.audit_event e order by e.xid desc limit 1))
                >= pg_snapshot_xmax(pg_current_snapshot()) as is_foreign
        from (values (1)) as one (row)
        left join (select seq, audit_id, xid, hash from core.audit_link order by seq desc limit 1) l on true
        """)

    /// Parameters: `$1`, `$2` transaction and id of the last row in the chain. Rows: those that follow it and are
    /// settled.
    static let unchained = Statement(
        "audit.unchained",
        """
        select \(columns(of: "e")) from core.audit_event e
        where (e.xid, e.id) > ($1::text::xid8, $2) and e.xid < pg_snapshot_xmin(pg_current_snapshot())
        order by e.xid, e.id limit \(batchMax)
        """)

    /// The same after a move to another server, whose transactions count from less: what came along unchained first.
    static let unchainedAfterMove = Statement(
        "audit.unchained_after_move",
        """
        select \(columns(of: "e")) from core.audit_event e
        where (e.xid < pg_snapshot_xmin(pg_current_snapshot()) or e.xid >= pg_snapshot_xmax(pg_current_snapshot()))
            and not exists (select 1 from core.audit_link l where l.audit_id = e.id)
        order by e.xid >= pg_snapshot_xmax(pg_current_snapshot()) desc, e.xid, e.id limit \(batchMax)
        """)

    /// Parameters: `$1` the last link before, `$2` ids, `$3` transactions, `$4` times, `$5` hashes.
    static let link = Statement(
        "audit.link",
        """
        insert into core.audit_link (seq, audit_id, xid, at, hash)
        select $1 + n.place, n.id, n.xid, n.at, n.hash
        from unnest($2::bigint[], $3::xid8[], $4::timestamptz[], $5::bytea[]) with ordinality
            as n (id, xid, at, hash, place)
        """)

    /// Rows: how long the oldest row waits that the chain lacks, in seconds; null when it lacks none.
    static let backlog = Statement(
        "audit.chain_backlog",
        """
        select extract(epoch from clock_timestamp() - (
            select e.at from core.audit_event e
            where (e.xid, e.id) > (
                coalesce((select xid from core.audit_link order by seq desc limit 1), '0'),
                coalesce((select audit_id from core.audit_link order by seq desc limit 1), 0))
            order by e.xid, e.id limit 1))::bigint as seconds
        """)

    /// Parameters: `$1` the link after which the page begins. Rows: links, each with its row or without one. The
    /// lateral query keeps the plan a walk along two indexes, whatever the planner thinks of how many rows there are.
    static let linksAfter = Statement(
        "audit.links_after",
        """
        select \(CanonicalAuditRow.columns.map { "e.\($0)" }.joined(separator: ", ")), l.seq as link_seq, l.audit_id,
            l.xid::text as link_xid, l.hash
        from core.audit_link l
        left join lateral (
            select \(columns(of: "r")) from core.audit_event r
            where r.id = l.audit_id and r.at = l.at limit 1) e on true
        where l.seq > $1 order by l.seq limit \(walkMax)
        """)

    /// Parameters: `$1` id. Rows: that row's time, where there is one.
    static let rowTime = Statement(
        "audit.row_time",
        "select to_char(at at time zone 'UTC', \(time)) as at from core.audit_event where id = $1 order by at limit 1")

    /// Parameters: `$1`, `$2` id and time after which the page begins, `$3`, `$4` transaction and id of the last row
    /// that has to be in the chain, `$5` seconds that a later one may wait. Rows: one, with the page's last id and
    /// time, how many rows it has, how many of them wait, and the first that lacks its link.
    static let rowsAfter = Statement(
        "audit.rows_after",
        """
        with page as materialized (
            select id, at, xid from core.audit_event where (id, at) > ($1, $2::timestamptz) order by id, at
            limit \(10 * walkMax)),
        unlinked as materialized (
            select p.id, p.at, p.xid,
                (p.xid, p.id) <= ($3::text::xid8, $4) or p.at < clock_timestamp() - make_interval(secs => $5)
                    or p.at > clock_timestamp() + make_interval(secs => $5) as is_fault,
                (p.xid, p.id) <= ($3::text::xid8, $4) as is_inside
            from page p
            left join lateral (
                select 1 as linked from core.audit_link l where l.audit_id = p.id and l.at = p.at limit 1) l on true
            where l.linked is null)
        select (select id from page order by id desc, at desc limit 1) as last_id,
            (select at from page order by id desc, at desc limit 1) as last_at,
            (select count(*) from page) as rows, (select count(*) from unlinked) as waiting, f.id, f.is_inside
        from (values (1)) as one (row)
        left join (select id, is_inside from unlinked where is_fault order by id, at limit 1) f on true
        """)

    static let all: [Statement] = [
        lock, head, unchained, unchainedAfterMove, link, backlog, linksAfter, rowTime, rowsAfter,
    ]
}

// SPDX-License-Identifier: Apache-2.0
import Postgres

/// How far a receiver of the audit is, and what it gets next.
enum ForwardingStatements {
    /// Links read at once.
    static let pageMax = 1000
    /// Bytes of details in a page after which no further row is added.
    static let pageBytesMax = 1 << 20

    /// Parameters: `$1` the receiver, `$2` who asks, `$3` for how long it may go on without asking again. Rows: up to
    /// which link the receiver has everything, or none while another copy is at it.
    static let claim = Statement(
        "forwarding.claim",
        """
        insert into core.audit_receiver as r (name, holder, held_until)
        values ($1, $2, clock_timestamp() + $3::interval)
        on conflict (name) do update set holder = excluded.holder, held_until = excluded.held_until
        where r.holder = excluded.holder or r.held_until <= clock_timestamp()
        returning r.seq
        """)

    /// Parameters: `$1` the receiver, `$2` who sent, `$3` the last link that was sent. Rows: 1, or none when another
    /// copy is at it by now.
    static let advance = Statement(
        "forwarding.advance",
        """
        update core.audit_receiver set seq = greatest(seq, $3), confirmed_at = clock_timestamp()
        where name = $1 and holder = $2 returning seq
        """)

    /// Parameters: `$1` the receiver, `$2` who lets go of it.
    static let release = Statement(
        "forwarding.release",
        "update core.audit_receiver set held_until = clock_timestamp() where name = $1 and holder = $2")

    /// Parameters: `$1` the receiver. Rows: how many links it lacks, and for how many seconds the first of their rows
    /// has waited; null when it lacks none.
    static let lag = Statement(
        "forwarding.lag",
        """
        with sent as (select coalesce((select seq from core.audit_receiver where name = $1), 0) as seq)
        select greatest(coalesce((select seq from core.audit_link order by seq desc limit 1), 0) - sent.seq, 0) as rows,
            extract(epoch from clock_timestamp() - (
                select l.at from core.audit_link l where l.seq > sent.seq order by l.seq limit 1))::bigint as seconds
        from sent
        """)

    /// Parameters: `$1` the link after which the page begins. Rows: links, each with its row or without one, and how
    /// many links there were to choose from. The lateral query keeps the plan a walk along two indexes.
    static let page = Statement(
        "forwarding.page",
        """
        select \(CanonicalAuditRow.columns.map { "p.\($0)" }.joined(separator: ", ")), p.link_seq, p.link_id, p.hash,
            p.links
        from (
            select \(CanonicalAuditRow.columns.map { "e.\($0)" }.joined(separator: ", ")), l.seq as link_seq,
                l.audit_id as link_id, l.hash, count(*) over () as links,
                sum(coalesce(octet_length(e.detail::text), 0)) over (order by l.seq)
                    - coalesce(octet_length(e.detail::text), 0) as bytes_before
            from (select seq, audit_id, at, hash from core.audit_link where seq > $1 order by seq limit \(pageMax)) l
            left join lateral (
                select \(AuditChainStatements.columns(of: "r")) from core.audit_event r
                where r.id = l.audit_id and r.at = l.at limit 1) e on true) p
        where p.bytes_before < \(pageBytesMax) order by p.link_seq
        """)

    static let all: [Statement] = [claim, advance, release, lag, page]
}

// SPDX-License-Identifier: Apache-2.0
import Postgres

/// Where retention cut off the chain's head, and cutting it off, which the signer's role alone may.
enum AuditCutStatements {
    /// Links removed at once: some tenths of a second in which the chain waits.
    static let forgetMax = 50_000

    /// Rows: where the chain begins, or none when it does at its first link.
    static let last = Statement(
        "audit.cut_last",
        """
        select seq, hash, kept_from, key_name, signature, signed_at from core.audit_cut order by seq desc limit 1
        """)

    /// Parameters: `$1` what time it is, `$2` how many whole months before this one are kept. Rows: from when on, as a
    /// time and as ``AuditChainStatements/linksAfter`` tells times. The clock that is behind counts.
    static let keptFrom = Statement(
        "audit.kept_from",
        """
        select kept_from at time zone 'UTC' as kept_from, to_char(kept_from, 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"') as text
        from (values (
            date_trunc('month', least($1::timestamptz, clock_timestamp()) at time zone 'UTC')
                - make_interval(months => $2::integer))) as v (kept_from)
        """)

    /// Parameters: `$1` a time. Rows: how many rows are older.
    static let older = Statement(
        "audit.rows_older", "select count(*) as rows from core.audit_event where at < $1::timestamptz")

    /// Parameters: `$1`, `$2` the cut's link and hash, `$3` from when on rows are kept, `$4`, `$5` name of the key and
    /// signature, `$6` when it was signed, `$7` older rows that are kept all the same, `$8` who does it, `$9` on which
    /// host. Rows: the names of the partitions that are gone.
    static let cutOff = Statement(
        "audit.cut_off",
        """
        select core.audit_cut_off($1::bigint, $2::bytea, $3::timestamptz, $4::text, $5::bytea, $6::timestamptz,
            $7::bigint[], $8::text, $9::text) as partitions
        """)

    /// Parameters: `$1` how many at most. Rows: how many links were removed.
    static let forgetLinks = Statement("audit.forget_links", "select core.audit_links_forget($1::integer) as gone")

    /// What who reads the audit may run.
    static let all: [Statement] = [last]

    /// What the signer's role may run beside.
    static let signer: [Statement] = [keptFrom, older, cutOff, forgetLinks]
}

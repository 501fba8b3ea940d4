// SPDX-License-Identifier: Apache-2.0
import Postgres

/// The audit: one way in, and reading it page by page.
enum AuditStatements {
    /// Parameters: `$1` array of events, `$2` how many. Rows: 1, or 40001.
    static let append = Statement(
        "audit.append", "select core.require_rows($2, core.audit_append($1::jsonb))")

    private static let columns = """
        id, at, event, outcome, reason, front_end, actor, peer, application, client_address, user_given, user_id,
            factor_id, factor_kind, sign_in_id, request_id, instance, detail
        """

    /// Parameters: `$1` id below which the page begins or null, `$2` limit, and then ``AuditFilter/values``. It is planned
    /// for the values it is given, since a command asks once.
    static let list = Statement(
        "audit.list",
        """
        select \(columns)
        from core.audit_event
        where ($1::bigint is null or id < $1) and ($3::uuid is null or user_id = $3)
            and ($4::text is null or event = $4) and ($5::text is null or outcome = $5)
            and ($6::text is null or reason = $6) and ($7::text is null or application = $7)
            and ($8::text is null or actor = $8) and ($9::text is null or front_end = $9)
            and ($10::uuid is null or sign_in_id = $10)
            and ($11::timestamptz is null or at >= $11) and ($12::timestamptz is null or at < $12)
        order by id desc limit $2
        """)

    /// Parameters: `$1` milliseconds after which the server gives up a statement of this transaction. What follows is
    /// planned for its values: a plan for all of them could use no index of a filter, and no partition less.
    static let limit = Statement(
        "audit.limit",
        """
        select set_config('statement_timeout', $1, true) as milliseconds,
            set_config('plan_cache_mode', 'force_custom_plan', true) as planned
        """)

    /// Parameters: `$1` id. Rows: that row with its link, if it has one.
    static let show = Statement(
        "audit.show",
        """
        select \(columns), xid::text as xid,
            (select l.seq from core.audit_link l where l.audit_id = e.id and l.at = e.at) as seq,
            (select l.hash from core.audit_link l where l.audit_id = e.id and l.at = e.at) as hash
        from core.audit_event e
        where e.id = $1 order by e.at limit 1
        """)

    /// Parameters: `$1` a sign-in. Rows: what it keeps of the policy, as long as it is kept itself.
    static let explanation = Statement("audit.explanation", "select explanation from core.sign_in where id = $1")

    /// Makes the partitions of this month and the next three, unless they are there. Rows: how many were made.
    static let makePartitions = Statement(
        "audit.make_partitions", "select core.audit_partitions_ahead() as made")

    /// Parameters: `$1` the role that owns the schemas. For who migrates, which has no right of its own.
    static let becomeOwner = Statement("audit.become_owner", "select set_config('role', $1, false) as role")

    /// Rows: whether an audit row could be appended.
    static let isWritable = Statement(
        "audit.is_writable",
        """
        select has_function_privilege(p.oid, 'execute')
            and has_table_privilege(p.proowner, 'core.audit_event'::regclass, 'insert') as writable
        from pg_proc p where p.oid = 'core.audit_append(jsonb)'::regprocedure
        """)

    static let all: [Statement] = [isWritable, append, list, limit, show, explanation, makePartitions]
}

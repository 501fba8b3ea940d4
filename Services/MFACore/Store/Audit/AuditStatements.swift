// SPDX-License-Identifier: Apache-2.0
import Postgres

/// The audit: one way in, and reading it page by page.
enum AuditStatements {
    /// Parameters: `$1` array of events, `$2` how many. Rows: 1, or 40001.
    static let append = Statement(
        "audit.append", "select core.require_rows($2, core.audit_append($1::jsonb))")

    /// Parameters: `$1` id below which the page begins or null, `$2` user id or null, `$3` event or null, `$4` limit.
    static let list = Statement(
        "audit.list",
        """
        select id, at, event, outcome, reason, front_end, actor, peer, application, client_address, user_given, user_id,
            factor_id, factor_kind, sign_in_id, request_id, instance, detail
        from core.audit_event
        where ($1::bigint is null or id < $1) and ($2::uuid is null or user_id = $2)
            and ($3::text is null or event = $3)
        order by id desc limit $4
        """)

    /// Makes the partitions of this month and the next, unless they are there.
    static let ensureNextPartition = Statement(
        "audit.ensure_next_partition",
        """
        select core.audit_partition_ensure(current_date),
            core.audit_partition_ensure((current_date + interval '1 month')::date)
        """)

    /// Rows: whether an audit row could be appended.
    static let isWritable = Statement(
        "audit.is_writable",
        """
        select has_function_privilege(p.oid, 'execute')
            and has_table_privilege(p.proowner, 'core.audit_event'::regclass, 'insert') as writable
        from pg_proc p where p.oid = 'core.audit_append(jsonb)'::regprocedure
        """)

    static let all: [Statement] = [isWritable, append, list, ensureNextPartition]
}

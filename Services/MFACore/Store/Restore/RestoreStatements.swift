// SPDX-License-Identifier: Apache-2.0
import Postgres

/// The restore fence: seeing where the database is, and ending what a restored one would make good once more.
enum RestoreStatements {
    /// Where this database is. The timeline is that of what is written now: the control file's lags behind a promotion.
    private static let place = """
        (select s.system_identifier::text as system_identifier, d.oid::bigint as database_oid,
            ('x' || left(pg_walfile_name(pg_current_wal_lsn()), 8))::bit(32)::bigint as timeline
        from pg_control_system() s cross join pg_database d where d.datname = current_database()) p
        """

    /// One fence at a time; held until the transaction ends.
    static let lock = Statement(
        "restore.lock",
        "select pg_advisory_xact_lock(hashtextextended('countersign restore', 0)) is null as locked")

    /// Parameters: `$1` milliseconds. A fence may take longer than anything for which somebody waits.
    static let limits = Statement(
        "restore.limits",
        "select set_config('lock_timeout', '0', true) as lock, set_config('statement_timeout', $1, true) as statement")

    /// Rows: where the database is and, unless null, where it served last and how far it had come.
    static let look = Statement(
        "restore.look",
        """
        select p.system_identifier, p.database_oid, p.timeline, f.epoch, f.mark, f.timeline as served_timeline,
            f.system_identifier as served_system, f.database_oid as served_database,
            coalesce(f.fenced_at > clock_timestamp() - interval '10 minutes', false) as fenced_just_now
        from \(place) left join core.restore_fence f on true
        """)

    /// The first copy that ever serves says where.
    static let begin = Statement(
        "restore.begin",
        """
        insert into core.restore_fence (epoch, system_identifier, database_oid, timeline, mark)
        select 1, p.system_identifier, p.database_oid, p.timeline, 0 from \(place)
        on conflict (only_row) do nothing
        """)

    /// Parameters: `$1` the epoch that the copy knows. Rows: where the database is and how far it has come, or none where
    /// it is not the one that the copy knows.
    static let mark = Statement(
        "restore.mark",
        """
        update core.restore_fence f set mark = f.mark + 1, timeline = p.timeline
        from \(place)
        where f.epoch = $1 and f.system_identifier = p.system_identifier and f.database_oid = p.database_oid
        returning f.system_identifier, f.database_oid, f.timeline, f.epoch, f.mark
        """)

    /// Parameters: `$1` an epoch and `$2` a mark that were seen. Rows: where the database is now, further on than both.
    static let raise = Statement(
        "restore.raise",
        """
        insert into core.restore_fence as f (epoch, fenced_at, system_identifier, database_oid, timeline, mark)
        select $1::bigint + 1, clock_timestamp(), p.system_identifier, p.database_oid, p.timeline, $2::bigint + 1
        from \(place)
        on conflict (only_row) do update set epoch = greatest(f.epoch, $1::bigint) + 1, fenced_at = excluded.fenced_at,
            system_identifier = excluded.system_identifier, database_oid = excluded.database_oid,
            timeline = excluded.timeline, mark = greatest(f.mark, $2::bigint) + 1
        returning f.system_identifier, f.database_oid, f.timeline, f.epoch, f.mark
        """)

    /// Rows: epoch and time of the last restore that was declared, if there was one.
    static let declared = Statement(
        "restore.declared", "select epoch, fenced_at from core.restore_fence where fenced_at is not null")

    /// Parameters: `$1` ids, `$2` times, `$3` users of audit rows, or nulls. Rows: id of those that are not here, and the name
    /// of their user, if there is one.
    static let unknownActs = Statement(
        "restore.unknown_acts",
        """
        select c.id, u.username
        from unnest($1::bigint[], $2::timestamptz[], $3::uuid[]) as c (id, at, user_id)
        left join core."user" u on u.id = c.user_id
        where not exists (select 1 from core.audit_event e where e.id = c.id and e.at = c.at)
        """)

    /// What waits for an answer is over.
    static let cancelSignIns = counting(
        "restore.cancel_sign_ins",
        """
        update core.sign_in set state = 'cancelled', decided_at = clock_timestamp(), number = null
        where state = 'pending'
        """)

    /// No ticket comes of an old approval: its own may have been given out after the backup.
    static let endApprovals = counting(
        "restore.end_approvals",
        """
        update core.sign_in set ticket_issued_at = clock_timestamp()
        where is_portal and state = 'approved' and ticket_issued_at is null
        """)

    /// A request that is repeated is judged anew.
    static let forgetKeys = counting(
        "restore.forget_keys",
        """
        update core.sign_in set idempotency_key_hash = null, request_hash = null where idempotency_key_hash is not null
        """)

    static let forgetAnswers = counting("restore.forget_answers", "delete from core.idempotency")

    static let endTickets = counting("restore.end_tickets", "delete from core.ticket")

    static let voidActivations = counting(
        "restore.void_activations", "update core.activation set state = 'void' where state = 'pending'")

    static let endBypasses = counting(
        "restore.end_bypasses",
        """
        update core."user" set bypass_at = null, bypass_until = null, bypass_by = null, bypass_reason = null
        where bypass_at is not null
        """)

    /// What was ended after the backup, by a block or an administrator, must not let anybody in again.
    static let forgetRemembered = counting(
        "restore.forget_remembered",
        """
        update core."user" set remembered = '[]', remembered_until = null where remembered_until is not null
        """)

    /// Which of them were spent after the backup is not known, so none is left.
    static let spendRecoveryCodes = counting(
        "restore.spend_recovery_codes",
        "update core.factor set recovery_hashes = '{}' where kind = 'recovery' and recovery_hashes <> '{}'")

    /// Parameters: `$1` steps on each side that are accepted. Whatever could have been accepted until now is spent.
    static let spendSteps = counting(
        "restore.spend_steps",
        """
        update core.factor set last_step = greatest(coalesce(last_step, -1),
            floor(extract(epoch from clock_timestamp()) / period_seconds)::bigint + step_offset + $1::bigint)
        where kind = 'totp'
        """)

    /// Parameters: `$1` counters ahead that are accepted, `$2` the last counter there is. As many are spent, and beyond
    /// them a token comes back by two passcodes in a row.
    static let spendCounters = counting(
        "restore.spend_counters",
        """
        update core.factor set last_step = c.spent, fence_step = c.spent, resync_step = null
        from (select id, coalesce(last_step, -1) + least($1::bigint, $2::bigint - coalesce(last_step, -1)) as spent
            from core.factor where kind = 'hotp') c
        where core.factor.id = c.id
        """)

    /// What a fence ends, by what the audit calls it; without the two that have parameters.
    static let endings: [(name: String, statement: Statement)] = [
        ("signIns", cancelSignIns), ("approvals", endApprovals), ("keys", forgetKeys), ("answers", forgetAnswers),
        ("tickets", endTickets), ("activations", voidActivations), ("bypasses", endBypasses),
        ("remembered", forgetRemembered),
        ("recoveryCodes", spendRecoveryCodes),
    ]

    static let all: [Statement] =
        [lock, limits, look, begin, mark, raise, declared, unknownActs, spendSteps, spendCounters]
        + endings.map { $0.statement }

    /// Rows: how many rows the change changed.
    private static func counting(_ name: String, _ change: String) -> Statement {
        Statement(name, "with changed as (\(change) returning 1) select count(*) as n from changed")
    }
}

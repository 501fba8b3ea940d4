// SPDX-License-Identifier: Apache-2.0
import Postgres

/// What the periodic run does; each part is bounded so that one run never holds locks for long.
enum HousekeepingStatements {
    /// Rows: whether this copy does the run, and the database's time; the lock ends with the transaction.
    static let lock = Statement(
        "housekeeping.lock",
        """
        select pg_try_advisory_xact_lock(hashtextextended('countersign.housekeeping', 0)) as locked,
            clock_timestamp() as now
        """)

    /// Rows: sign-ins that were late and are expired now. Rows locked by a decision are left to it.
    static let expire = Statement(
        "housekeeping.expire",
        """
        with late as (
            select id from core.sign_in where state = 'pending' and expires_at <= clock_timestamp()
            order by id limit 500 for update skip locked)
        update core.sign_in s set state = 'expired', reason = 'expired', decided_at = clock_timestamp(), number = null
        from late where s.id = late.id and s.state = 'pending' returning \(SignInStatements.columns)
        """)

    /// Parameters: `$1` users whose prompts nobody answered in time, `$2` how many of them in a row suspend prompts where
    /// no policy said it. Rows: id and number of those whose prompts are suspended now. Whoever is locked by a decision is left to the
    /// rule, which looks again before the next prompt.
    static let suspendPrompts = Statement(
        "housekeeping.suspend_prompts",
        """
        with due as (
            select id from core."user" where id = any($1::uuid[]) and prompts_unanswered >= coalesce(prompts_suspend_after, $2)
            and prompts_suspended_at is null order by id for no key update skip locked)
        update core."user" u set prompts_suspended_at = clock_timestamp(), updated_at = clock_timestamp()
        from due where u.id = due.id returning u.id, u.prompts_unanswered
        """)

    /// Rows: id, reason and end of blocks whose time is over and which are taken away now; whoever is locked by a decision
    /// is left to the next run, since a block that is over blocks nobody.
    static let endBlocks = Statement(
        "housekeeping.end_blocks",
        """
        with due as (
            select id, blocked_reason, blocked_until from core."user" where blocked_until <= clock_timestamp()
            order by id limit 500 for no key update skip locked)
        update core."user" u set blocked_at = null, blocked_until = null, blocked_reason = null,
            updated_at = clock_timestamp()
        from due where u.id = due.id returning u.id, due.blocked_reason, due.blocked_until
        """)

    /// Counts of bypasses that are of no day that still matters.
    static let forgetBypassCounts = Statement(
        "housekeeping.forget_bypass_counts",
        "delete from core.bypass_count where day < (clock_timestamp() at time zone 'UTC')::date - 1")

    /// Takes away what is remembered of sign-ins and counts for nothing any more; whoever is locked by a decision is left
    /// to the next run.
    static let forgetApprovals = Statement(
        "housekeeping.forget_approvals",
        """
        with due as (
            select id from core."user" where remembered_until <= clock_timestamp()
            order by id limit 500 for no key update skip locked)
        update core."user" u set remembered = '[]', remembered_until = null from due where u.id = due.id
        """)

    static let freeKeys = Statement(
        "housekeeping.free_keys",
        """
        update core.sign_in set idempotency_key_hash = null, request_hash = null
        where id in (select id from core.sign_in where idempotency_key_hash is not null
            and created_at < clock_timestamp() - interval '24 hours' limit 5000)
        """)

    static let forgetAnswers = Statement(
        "housekeeping.forget_answers",
        """
        delete from core.idempotency where (account, key_hash) in (
            select account, key_hash from core.idempotency
            where created_at < clock_timestamp() - interval '24 hours' limit 5000)
        """)

    static let forgetNonces = Statement(
        "housekeeping.forget_nonces",
        """
        delete from core.spent_nonce where nonce in (
            select nonce from core.spent_nonce where expires_at < clock_timestamp() - interval '5 minutes' limit 5000)
        """)

    static let forgetTickets = Statement(
        "housekeeping.forget_tickets",
        """
        delete from core.ticket where created_at < clock_timestamp() - interval '24 hours'
            or last_used_at < clock_timestamp() - interval '1 hour'
        """)

    static let forgetActivations = Statement(
        "housekeeping.forget_activations",
        "delete from core.activation where expires_at < clock_timestamp() - interval '1 day'")

    static let forgetGuesses = Statement(
        "housekeeping.forget_guesses",
        "delete from core.activation_guess where window_ends_at < clock_timestamp() - interval '1 hour'")

    static let forgetAddresses = Statement(
        "housekeeping.forget_addresses", "delete from core.password_address where window_ends_at < clock_timestamp()")

    /// Parameters: `$1` how long decided sign-ins are kept. What a phone signed stays, so that anybody can verify it
    /// again (R24).
    static let forgetSignIns = Statement(
        "housekeeping.forget_sign_ins",
        """
        delete from core.sign_in where id in (
            select id from core.sign_in where state <> 'pending' and signature is null
            and created_at < clock_timestamp() - $1::interval order by created_at limit 5000)
        """)

    static let all: [Statement] = [
        lock, expire, suspendPrompts, endBlocks, forgetBypassCounts, forgetApprovals, freeKeys, forgetAnswers,
        forgetNonces, forgetTickets, forgetActivations, forgetGuesses, forgetAddresses, forgetSignIns,
    ]
}

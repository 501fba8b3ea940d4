// SPDX-License-Identifier: Apache-2.0
import Postgres

/// Sign-ins: reading the one in question, and writing what was decided.
enum SignInStatements {
    static let columns = """
        s.id, s.user_id, s.account, s.application, s.client_address, s.requested, s.is_portal, s.state, s.reason,
        s.retry_after_seconds, s.factor_id, s.factor_kind, s.answers, s.created_at, s.expires_at, s.decided_at,
        s.ticket_issued_at, s.number, s.number_digits, s.challenge_nonce, s.signed_created_at, s.message, s.signature,
        s.signing_key, s.idempotency_key_hash, s.request_hash, s.waiver, s.explanation
        """

    /// Parameters: `$1` id. Rows: the sign-in.
    static let readByID = Statement("sign_in.read", "select \(columns) from core.sign_in s where s.id = $1")

    /// Parameters: `$1` id. Locks a sign-in of nobody, which has no person whose lock would bound its tries (R19).
    static let lockOfNobody = Statement(
        "sign_in.lock_of_nobody",
        "select 1 as locked from core.sign_in where id = $1 and user_id is null for no key update")

    /// Parameters: `$1` accounts, `$2` key hashes. Rows: the sign-ins that those keys began, at most a day ago.
    static let readByKeys = Statement(
        "sign_in.read_by_keys",
        """
        select \(columns) from core.sign_in s
        join unnest($1::text[], $2::bytea[]) as k (account, key_hash)
        on s.account = k.account and s.idempotency_key_hash = k.key_hash
        """)

    /// Parameters: `$1` accounts, `$2` key hashes. Frees keys that are older than a day (contract.md, Conventions).
    static let freeOldKeys = Statement(
        "sign_in.free_old_keys",
        """
        update core.sign_in s set idempotency_key_hash = null, request_hash = null
        from unnest($1::text[], $2::bytea[]) as k (account, key_hash)
        where s.account = k.account and s.idempotency_key_hash = k.key_hash
        and s.created_at < clock_timestamp() - interval '24 hours'
        """)

    /// Parameters: `$1` ids. Rows: id and state as they stand, lateness applied.
    static let readStates = Statement(
        "sign_in.read_states",
        """
        select s.id, case when s.state = 'pending' and s.expires_at <= clock_timestamp() then 'expired' else s.state end
        as state from core.sign_in s where s.id = any($1::uuid[])
        """)

    /// Writes a decided or moved-on sign-in that must still be pending. Parameters: `$1` id, then the columns in order.
    /// Rows: 1, or 40001 when somebody else decided it.
    static let update = Statement(
        "sign_in.update",
        """
        with changed as (
            update core.sign_in set requested = $2, state = $3, reason = $4, retry_after_seconds = $5, factor_id = $6,
            factor_kind = $7, answers = $8, expires_at = $9, decided_at = $10, number = $11, number_digits = $12,
            challenge_nonce = $13, signed_created_at = $14, message = $15, signature = $16, signing_key = $17
            where id = $1 and state = 'pending' returning 1)
        select core.require_rows(1, (select count(*) from changed))
        """)

    /// Parameters: `$1` id, `$2` time. Marks that the one ticket of a portal sign-in is out.
    static let markTicketIssued = Statement(
        "sign_in.mark_ticket_issued",
        """
        with changed as (
            update core.sign_in set ticket_issued_at = $2 where id = $1 and ticket_issued_at is null returning 1)
        select core.require_rows(1, (select count(*) from changed))
        """)

    /// The one statement that writes a batch: factors `$1`–`$10`, new sign-ins `$11`–`$34`, audit `$35`, counts
    /// `$36`–`$38`. It raises 40001 itself when it changed fewer rows than it was given, and COMMIT rides with it.
    static let writeBatch = Statement(
        "sign_in.write_batch",
        """
        with factors as (
            update core.factor f set last_step = coalesce(c.last_step, f.last_step), failures = c.failures,
            delayed_until = c.delayed_until, state = c.state, step_offset = c.step_offset,
            resync_step = c.resync_step, last_used_at = c.last_used_at, push_address = c.push_address
            from unnest($1::uuid[], $2::bigint[], $3::integer[], $4::timestamptz[], $5::text[], $6::bigint[],
                $7::bigint[], $8::timestamptz[], $9::text[], $10::boolean[])
            as c (id, last_step, failures, delayed_until, state, step_offset, resync_step, last_used_at, push_address,
                advances)
            where f.id = c.id and (not c.advances or f.last_step is null or f.last_step < c.last_step)
            returning 1),
        sign_ins as (
            insert into core.sign_in (id, user_id, account, application, client_address, requested, is_portal, state,
                reason, retry_after_seconds, factor_id, factor_kind, answers, created_at, expires_at, decided_at,
                number, number_digits, challenge_nonce, signed_created_at, idempotency_key_hash, request_hash, waiver,
                explanation)
            select * from unnest($11::uuid[], $12::uuid[], $13::text[], $14::text[], $15::text[], $16::text[],
                $17::boolean[], $18::text[], $19::text[], $20::bigint[], $21::uuid[], $22::text[], $23::smallint[],
                $24::timestamptz[], $25::timestamptz[], $26::timestamptz[], $27::text[], $28::smallint[], $29::text[],
                $30::text[], $31::bytea[], $32::bytea[], $33::text[], $34::text[])
            returning 1)
        select core.require_rows($36, (select count(*) from factors)),
            core.require_rows($37, (select count(*) from sign_ins)),
            core.require_rows($38, core.audit_append($35::jsonb))
        """)

    static let all: [Statement] = [
        readByID, lockOfNobody, readByKeys, freeOldKeys, readStates, update, markTicketIssued, writeBatch,
    ]
}

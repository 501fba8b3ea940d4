// SPDX-License-Identifier: Apache-2.0
import Postgres

/// Answers kept for callers that ask again (R72).
enum IdempotencyStatements {
    /// Parameters: `$1` account, `$2` key hash. Frees a key that is older than a day.
    static let freeOld = Statement(
        "idempotency.free_old",
        """
        delete from core.idempotency
        where account = $1 and key_hash = $2 and created_at < clock_timestamp() - interval '24 hours'
        """)

    /// Parameters: `$1` account, `$2` key hash. Rows: the kept answer; a one-time body is gone after 10 minutes.
    static let read = Statement(
        "idempotency.read",
        """
        select request_hash, status, key_id,
            case when is_one_time and created_at < clock_timestamp() - interval '10 minutes' then null
            else sealed_body end as sealed_body
        from core.idempotency where account = $1 and key_hash = $2
        """)

    /// Parameters: `$1` account, `$2` key hash, `$3` request hash, `$4` status, `$5` sealed body, `$6` key id,
    /// `$7` whether it is shown once.
    static let insert = Statement(
        "idempotency.insert",
        """
        insert into core.idempotency (account, key_hash, request_hash, status, sealed_body, key_id, is_one_time)
        values ($1, $2, $3, $4, $5, $6, $7)
        """)

    static let all: [Statement] = [freeOld, read, insert]
}

// SPDX-License-Identifier: Apache-2.0
import Postgres

/// Factors: making and ending them; their moving state is written by ``SignInStatements/writeBatch``.
enum FactorStatements {
    /// Parameters: `$1` id … `$21` recovery_hashes.
    static let insert = Statement(
        "factor.insert",
        """
        insert into core.factor (id, user_id, kind, name, state, imported, created_at, algorithm, digits,
            period_seconds, sealed_secret, key_id, secret_version, last_step, step_offset, public_key, platform,
            push_address, recovery_salt, recovery_cost, recovery_hashes)
        values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20, $21)
        """)

    /// Parameters: `$1` id.
    static let delete = Statement("factor.delete", "delete from core.factor where id = $1")

    /// Parameters: `$1` nonce, `$2` when it ends by itself. A nonce that was spent before breaks its primary key.
    static let spendNonce = Statement(
        "device.spend_nonce", "insert into core.spent_nonce (nonce, expires_at) values ($1, $2)")

    /// Parameters: `$1` id, `$2` hash of a recovery code. Rows: 1, or 40001 when it was spent in between.
    static let spendRecoveryCode = Statement(
        "factor.spend_recovery_code",
        """
        with changed as (
            update core.factor set recovery_hashes = array_remove(recovery_hashes, $2::bytea)
            where id = $1 and $2::bytea = any(recovery_hashes) returning 1)
        select core.require_rows(1, (select count(*) from changed))
        """)

    /// Parameters: `$1` the key. Rows: salt and cost of the person's recovery codes, if there are any.
    static func readRecoverySalt(_ key: SubjectKey) -> Statement {
        Statement(
            "factor.read_recovery_salt_by_\(key.rawValue)",
            """
            select f.recovery_salt, f.recovery_cost from core.factor f
            where f.user_id = \(key.userID) and f.kind = 'recovery'
            """)
    }

    static let all: [Statement] = [
        insert, delete, spendNonce, spendRecoveryCode, readRecoverySalt(.name), readRecoverySalt(.signIn),
    ]
}

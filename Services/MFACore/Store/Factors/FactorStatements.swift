// SPDX-License-Identifier: Apache-2.0
import Postgres

/// Factors: making and ending them; their moving state is written by ``SignInStatements/writeBatch``.
enum FactorStatements {
    /// Parameters: `$1` id … `$18` push_address.
    static let insert = Statement(
        "factor.insert",
        """
        insert into core.factor (id, user_id, kind, name, state, imported, created_at, algorithm, digits,
            period_seconds, sealed_secret, key_id, secret_version, last_step, step_offset, public_key, platform,
            push_address)
        values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18)
        """)

    /// Parameters: `$1` id.
    static let delete = Statement("factor.delete", "delete from core.factor where id = $1")

    /// Parameters: `$1` nonce, `$2` when it ends by itself. A nonce that was spent before breaks its primary key.
    static let spendNonce = Statement(
        "device.spend_nonce", "insert into core.spent_nonce (nonce, expires_at) values ($1, $2)")

    static let all: [Statement] = [insert, delete, spendNonce]
}

// SPDX-License-Identifier: Apache-2.0
import Postgres

/// Activations.
enum ActivationStatements {
    static let columns = "a.id, a.user_id, a.state, a.created_at, a.expires_at, a.secret_hash, a.code_hash"

    /// Parameters: `$1` id. Rows: the activation.
    static let readByID = Statement(
        "activation.read_by_id", "select \(columns) from core.activation a where a.id = $1")

    /// Parameters: `$1` SHA-256 of the secret. Rows: the activation.
    static let readBySecret = Statement(
        "activation.read_by_secret", "select \(columns) from core.activation a where a.secret_hash = $1")

    /// Parameters: `$1` id, `$2` user, `$3` secret hash, `$4` code hash, `$5` from, `$6` until.
    static let insert = Statement(
        "activation.insert",
        """
        insert into core.activation (id, user_id, secret_hash, code_hash, state, created_at, expires_at)
        values ($1, $2, $3, $4, 'pending', $5, $6)
        """)

    /// Parameters: `$1` user. Voids whatever the person could still use.
    static let void = Statement(
        "activation.void", "update core.activation set state = 'void' where user_id = $1 and state = 'pending'")

    /// Parameters: `$1` id, `$2` device. Rows: 1, or 40001 when it was used in between.
    static let use = Statement(
        "activation.use",
        """
        with changed as (
            update core.activation set state = 'used', device_id = $2 where id = $1 and state = 'pending' returning 1)
        select core.require_rows(1, (select count(*) from changed))
        """)

    static let all: [Statement] = [readByID, readBySecret, insert, void, use]
}

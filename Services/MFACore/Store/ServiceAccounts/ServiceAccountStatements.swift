// SPDX-License-Identifier: Apache-2.0
import Postgres

/// Service accounts as administrators see them; sdk-service reads them by statements of its own.
enum ServiceAccountStatements {
    /// Parameters: `$1` id, `$2` name, `$3` scopes, `$4` application, `$5` networks, `$6` by whom.
    static let insert = Statement(
        "service_account.insert",
        """
        insert into sdk.service_account (id, name, scopes, application, networks, created_by)
        values ($1, $2, $3::text[], $4, $5::text[], $6)
        """)

    /// Parameters: `$1` secret's id, `$2` account, `$3` SHA-256.
    static let insertSecret = Statement(
        "service_account.insert_secret",
        "insert into sdk.service_account_secret (id, account_id, hash) values ($1, $2, $3)")

    /// Parameters: `$1` limit. Rows: accounts that are not removed, with the number of their live secrets.
    static let list = Statement(
        "service_account.list",
        """
        select a.id, a.name, a.scopes, a.application, a.networks, a.created_at, a.created_by, a.disabled_at,
            a.removed_at
        from sdk.service_account a where a.removed_at is null
        order by a.name limit $1
        """)

    /// Parameters: `$1` name. Rows: the account's id, its lock held; removed ones are not found.
    static let lock = Statement(
        "service_account.lock",
        "select id, disabled_at from sdk.service_account where name = $1 and removed_at is null for update")

    /// Parameters: `$1` id.
    static let disable = Statement(
        "service_account.disable",
        "update sdk.service_account set disabled_at = clock_timestamp() where id = $1 and disabled_at is null")

    /// Parameters: `$1` id. The row stays as a tombstone.
    static let remove = Statement(
        "service_account.remove",
        """
        update sdk.service_account set removed_at = clock_timestamp(),
            disabled_at = coalesce(disabled_at, clock_timestamp())
        where id = $1
        """)

    /// Parameters: `$1` account's id.
    static let endSecrets = Statement(
        "service_account.end_secrets",
        """
        update sdk.service_account_secret set ended_at = clock_timestamp()
        where account_id = $1 and ended_at is null
        """)

    static let all: [Statement] = [insert, insertSecret, list, lock, disable, remove, endSecrets]
}

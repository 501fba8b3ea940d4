// SPDX-License-Identifier: Apache-2.0
import Postgres

/// Service accounts as administrators see them; sdk-service reads them by statements of its own.
enum ServiceAccountStatements {
    /// Parameters: `$1` id, `$2` name, `$3` scopes, `$4` application, `$5` networks, `$6` by whom, `$7` rate per second,
    /// `$8` calls and `$9` held answers at one time.
    static let insert = Statement(
        "service_account.insert",
        """
        insert into sdk.service_account
            (id, name, scopes, application, networks, created_by, rate_per_second, concurrency_max, waiting_max)
        values ($1, $2, $3::text[], $4, $5::text[], $6, $7, $8, $9)
        """)

    /// Parameters: `$1` secret's id, `$2` account, `$3` SHA-256.
    static let insertSecret = Statement(
        "service_account.insert_secret",
        "insert into sdk.service_account_secret (id, account_id, hash) values ($1, $2, $3)")

    /// Parameters: `$1` mark, `$2` account. Rows: one, none when the mark is another account's.
    static let insertCertificate = Statement(
        "service_account.insert_certificate",
        """
        insert into sdk.service_account_certificate as c (mark, account_id) values ($1, $2)
        on conflict (mark) do update set ended_at = null where c.account_id = excluded.account_id
        returning mark
        """)

    /// What is read of accounts, with their live secrets and certificates.
    private static let accounts = """
        select a.id, a.name, a.scopes, a.application, a.networks, a.rate_per_second, a.concurrency_max, a.waiting_max,
            a.created_at, a.created_by, a.disabled_at, a.removed_at,
            s.names as secret_names, s.begins as secret_begins, s.ends as secret_ends,
            c.names as certificate_names, c.begins as certificate_begins, c.ends as certificate_ends
        from sdk.service_account a
        left join lateral (
            select array_agg(id order by created_at) as names, array_agg(created_at order by created_at) as begins,
                array_agg(ended_at order by created_at) as ends
            from sdk.service_account_secret
            where account_id = a.id and (ended_at is null or ended_at > clock_timestamp())) s on true
        left join lateral (
            select array_agg(mark order by created_at) as names, array_agg(created_at order by created_at) as begins,
                array_agg(ended_at order by created_at) as ends
            from sdk.service_account_certificate
            where account_id = a.id and (ended_at is null or ended_at > clock_timestamp())) c on true
        """

    /// Parameters: `$1` limit. Rows: accounts that are not removed.
    static let list = Statement(
        "service_account.list", "\(accounts) where a.removed_at is null order by a.name limit $1")

    /// Parameters: `$1` id. Rows: that account, removed or not.
    static let read = Statement("service_account.read", "\(accounts) where a.id = $1")

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

    /// Parameters: `$1` id, `$2` rate per second, `$3` calls and `$4` held answers at one time; null is everybody's.
    static let setLimits = Statement(
        "service_account.set_limits",
        "update sdk.service_account set rate_per_second = $2, concurrency_max = $3, waiting_max = $4 where id = $1")

    /// Parameters: `$1` account's id. Rows: the number of secrets that are live now, and when the first of them ends.
    static let liveSecrets = Statement(
        "service_account.live_secrets",
        """
        select count(*) as live, min(ended_at) as first_end from sdk.service_account_secret
        where account_id = $1 and (ended_at is null or ended_at > clock_timestamp())
        """)

    /// Parameters: `$1` account's id, `$2` seconds, `$3` ids that go on. None lives longer than it did.
    static let endSecrets = Statement(
        "service_account.end_secrets",
        """
        update sdk.service_account_secret set ended_at = clock_timestamp() + $2::bigint * interval '1 second'
        where account_id = $1 and not id = any($3::text[])
            and (ended_at is null or ended_at > clock_timestamp() + $2::bigint * interval '1 second')
        """)

    /// Parameters: `$1` account's id, `$2` seconds, `$3` marks that go on.
    static let endCertificates = Statement(
        "service_account.end_certificates",
        """
        update sdk.service_account_certificate set ended_at = clock_timestamp() + $2::bigint * interval '1 second'
        where account_id = $1 and not mark = any($3::text[])
            and (ended_at is null or ended_at > clock_timestamp() + $2::bigint * interval '1 second')
        """)

    static let all: [Statement] = [
        insert, insertSecret, insertCertificate, list, read, lock, disable, remove, setLimits, liveSecrets, endSecrets,
        endCertificates,
    ]
}

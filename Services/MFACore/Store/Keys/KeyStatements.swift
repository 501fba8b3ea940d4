// SPDX-License-Identifier: Apache-2.0
import Postgres

/// The installation and its wrapped keys.
enum KeyStatements {
    /// One activation at a time; held until the transaction ends.
    static let lockActivation = Statement(
        "key.lock_activation",
        "select pg_advisory_xact_lock(hashtextextended('countersign activation', 0)) is null as locked")

    /// Waiting for another activation is no fault: the role's own lock timeout is for people who sign in.
    static let waitForActivation = Statement(
        "key.wait_for_activation", "select set_config('lock_timeout', '0', true)")

    /// One change of the keys at a time; held until the transaction ends.
    static let lock = Statement(
        "key.lock", "select pg_advisory_xact_lock(hashtextextended('countersign keys', 0)) is null as locked")

    /// Rows: the installation, if there is one.
    static let readInstance = Statement(
        "key.read_instance",
        "select instance_id, key_check, former_key_checks, key_replaced_at from core.instance")

    /// Rows: the installation with each of its data keys, or with nulls, all of one moment.
    static let readKeys = Statement(
        "key.read_keys",
        """
        select i.instance_id, i.key_check, i.former_key_checks, i.key_replaced_at, k.id, k.wrapped, k.state,
            k.created_at, k.current_at, k.emptied_at,
            (select wrapped from core.derived_key where purpose = 'pepper') as pepper,
            (select wrapped from core.derived_key where purpose = 'nonce') as nonce,
            (select wrapped from core.derived_key where purpose = 'idempotency') as idempotency
        from core.instance i left join core.data_key k on true order by k.id
        """)

    /// Parameters: `$1` instance id, `$2` key check value.
    static let insertInstance = Statement(
        "key.insert_instance", "insert into core.instance (instance_id, key_check) values ($1, $2)")

    /// Parameters: `$1` id, `$2` wrapped key. A key that seals at once: there is nobody yet who could not know it.
    static let insertFirst = Statement(
        "key.insert_first",
        """
        insert into core.data_key (id, wrapped, state, current_at) values ($1, $2, 'current', clock_timestamp())
        """)

    /// Parameters: `$1` id, `$2` wrapped key. A key that nobody seals with before every copy knows it.
    static let insertPrepared = Statement(
        "key.insert_prepared", "insert into core.data_key (id, wrapped, state) values ($1, $2, 'prepared')")

    /// The key that seals from now on only opens.
    static let retireCurrent = Statement(
        "key.retire_current", "update core.data_key set state = 'retiring' where state = 'current'")

    /// Parameters: `$1` id. The prepared key seals from now on. Rows: 1, or 40001 when it is not prepared any more.
    static let promote = Statement(
        "key.promote",
        """
        with changed as (
            update core.data_key set state = 'current', current_at = clock_timestamp()
            where id = $1 and state = 'prepared' returning 1)
        select core.require_rows(1, (select count(*) from changed))
        """)

    /// Parameters: `$1` ids. Rows: those that nothing is known to be under from now on, which was not so before.
    static let markEmptied = Statement(
        "key.mark_emptied",
        """
        update core.data_key set emptied_at = clock_timestamp()
        where id = any($1::integer[]) and state = 'retiring' and emptied_at is null returning id
        """)

    /// Parameters: `$1` id.
    static let remove = Statement("key.remove", "delete from core.data_key where id = $1 and state = 'retiring'")

    /// Parameters: `$1` ids of all data keys, `$2` the keys wrapped anew, `$3` how many. Rows: 1, or 40001.
    static let rewrap = Statement(
        "key.rewrap",
        """
        with changed as (
            update core.data_key k set wrapped = c.wrapped from unnest($1::integer[], $2::bytea[]) as c (id, wrapped)
            where k.id = c.id returning 1)
        select core.require_rows($3, (select count(*) from changed))
        """)

    /// Parameters: `$1` purposes, `$2` the derived keys, wrapped.
    static let keepDerived = Statement(
        "key.keep_derived",
        """
        insert into core.derived_key (purpose, wrapped)
        select c.purpose, c.wrapped from unnest($1::text[], $2::bytea[]) as c (purpose, wrapped)
        on conflict (purpose) do update set wrapped = excluded.wrapped
        """)

    /// Parameters: `$1` the check value of the new master key.
    static let replaceCheck = Statement(
        "key.replace_check",
        """
        update core.instance set former_key_checks = former_key_checks || key_check, key_check = $1,
            key_replaced_at = clock_timestamp()
        """)

    /// Rows: the number of the last migration.
    static let schemaVersion = Statement("key.schema_version", "select core.schema_version() as version")

    static let all: [Statement] = [
        schemaVersion,
        rewrap, keepDerived, replaceCheck,
        lockActivation, waitForActivation, lock, readInstance, readKeys, insertInstance, insertFirst, insertPrepared,
        retireCurrent, promote, markEmptied, remove,
    ]
}

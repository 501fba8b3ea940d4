// SPDX-License-Identifier: Apache-2.0
import Postgres

/// Every table with a sealed column, gone through in the order of its primary key.
///
/// A page has the parts of each value's place: `row`, `owner`, `version`; with `sealed` and `key_id`. Its parameters:
/// `$1` key ids, `$2` limit, `$3` row behind which it begins, and `$4` owner where that is a part of the key.
///
/// Writing takes the values that a page had: `$1` rows, `$2` owners, `$3` versions, `$4` key ids that they were under, `$5` sealed
/// anew, `$6` the key they are under now. Rows: how many were as the page had them, and are written.
enum SealedTableStatements {
    /// Rows: how many values of each table are under each key.
    static let countUses = Statement(
        "sealed.count_uses",
        """
        select 'core.factor' as name, key_id, count(*) as number from core.factor where key_id is not null
        group by key_id
        union all
        select 'core.idempotency', key_id, count(*) from core.idempotency where key_id is not null group by key_id
        union all
        select 'core.certificate_authority', key_id, count(*) from core.certificate_authority group by key_id
        """)

    static let pageFactors = Statement(
        "sealed.page_factors",
        """
        select f.id::text as row, f.user_id::text as owner, f.secret_version as version, f.sealed_secret as sealed,
            f.key_id
        from core.factor f where f.key_id = any($1::integer[]) and f.sealed_secret is not null and f.id > $3::uuid
        order by f.id limit $2
        """)

    /// Parameters: `$1` ids. Rows: the people now locked; those locked elsewhere are left out (architecture.md §5).
    static let lockOwners = Statement(
        "sealed.lock_owners",
        #"""
        select id::text as id from core."user" where id = any($1::uuid[]) order by id for no key update skip locked
        """#)

    /// Parameters: `$1` factor ids, `$2` key ids. Rows: a page of those that are still under one of the keys.
    static let readFactors = Statement(
        "sealed.read_factors",
        """
        select f.id::text as row, f.user_id::text as owner, f.secret_version as version, f.sealed_secret as sealed,
            f.key_id
        from core.factor f where f.id = any($1::uuid[]) and f.key_id = any($2::integer[])
            and f.sealed_secret is not null
        """)

    /// A secret that is sealed anew has another version.
    static let writeFactors = Statement(
        "sealed.write_factors",
        """
        with changed as (
            update core.factor f set sealed_secret = c.sealed, key_id = $6, secret_version = f.secret_version + 1
            from unnest($1::uuid[], $2::uuid[], $3::bigint[], $4::integer[], $5::bytea[])
                as c (id, user_id, version, key_id, sealed)
            where f.id = c.id and f.user_id = c.user_id and f.key_id = c.key_id and f.secret_version = c.version
            returning 1)
        select count(*) as written from changed
        """)

    static let pageAnswers = Statement(
        "sealed.page_answers",
        """
        select encode(i.key_hash, 'hex') as row, i.account as owner, 1::bigint as version, i.sealed_body as sealed,
            i.key_id
        from core.idempotency i where i.key_id = any($1::integer[]) and i.sealed_body is not null
            and (i.account, i.key_hash) > ($4, decode($3, 'hex'))
        order by i.account, i.key_hash limit $2
        """)

    static let writeAnswers = Statement(
        "sealed.write_answers",
        """
        with changed as (
            update core.idempotency i set sealed_body = c.sealed, key_id = $6
            from unnest($1::text[], $2::text[], $3::bigint[], $4::integer[], $5::bytea[])
                as c (key_hash, account, version, key_id, sealed)
            where i.account = c.account and i.key_hash = decode(c.key_hash, 'hex') and i.key_id = c.key_id
                and c.version = 1
            returning 1)
        select count(*) as written from changed
        """)

    static let pageAuthority = Statement(
        "sealed.page_authority",
        """
        select '1' as row, n.instance_id::text as owner, 1::bigint as version, a.sealed_key as sealed, a.key_id
        from core.certificate_authority a cross join core.instance n
        where a.key_id = any($1::integer[]) and '1' > $3::text
        limit $2
        """)

    static let writeAuthority = Statement(
        "sealed.write_authority",
        """
        with changed as (
            update core.certificate_authority a set sealed_key = c.sealed, key_id = $6
            from unnest($1::text[], $2::text[], $3::bigint[], $4::integer[], $5::bytea[])
                as c (row, instance_id, version, key_id, sealed), core.instance n
            where a.key_id = c.key_id and n.instance_id::text = c.instance_id and c.row = '1' and c.version = 1
            returning 1)
        select count(*) as written from changed
        """)

    static let all: [Statement] = [
        countUses, pageFactors, lockOwners, readFactors, writeFactors, pageAnswers, writeAnswers, pageAuthority,
        writeAuthority,
    ]
}

// SPDX-License-Identifier: Apache-2.0
import Postgres

/// The versions of the policy.
enum PolicyStatements {
    /// A column of every decision's read: the version that holds now.
    static let latest = "(select coalesce(max(p.version), 0) from core.policy p) as policy_version"

    /// One change at a time; held until the transaction ends.
    static let lock = Statement(
        "policy.lock", "select pg_advisory_xact_lock(hashtextextended('countersign policy', 0)) is null as locked")

    /// Rows: the version that holds now, 0 for the built-in one.
    static let readVersion = Statement("policy.read_version", "select \(latest)")

    /// Parameters: `$1` version. Rows: its document, as a program reads it.
    static let readDocument = Statement(
        "policy.read_document", "select document from core.policy where version = $1")

    /// Parameters: `$1` version. Rows: all of it.
    static let read = Statement(
        "policy.read",
        """
        select version, document, source, comment, reverts, created_by, created_at from core.policy where version = $1
        """)

    /// Parameters: `$1` version below which the page begins or null, `$2` limit. Rows: versions, the latest first.
    static let list = Statement(
        "policy.list",
        """
        select version, comment, reverts, created_by, created_at from core.policy
        where $1::bigint is null or version < $1 order by version desc limit $2
        """)

    /// Parameters: `$1` version, `$2` document, `$3` source, `$4` comment, `$5` the version it brings back or null,
    /// `$6` who.
    static let insert = Statement(
        "policy.insert",
        """
        insert into core.policy (version, document, source, comment, reverts, created_by)
        values ($1, $2, $3, $4, $5, $6)
        """)

    /// What a policy asks about each person beside the columns of a user: the kinds of factors that they have, and have
    /// not used up.
    private static let kinds = """
        array(select distinct f.kind from core.factor f
            where f.user_id = u.id and f.state in ('active', 'disabled')
            and (f.recovery_hashes is null or cardinality(f.recovery_hashes) > 0)) as kinds
        """

    /// Parameters: `$1` canonical name after which the page begins, `$2` limit. Rows: users with their kinds.
    static let people = Statement(
        "policy.people",
        """
        select \(UserStatements.columns), \(kinds) from core."user" u
        where u.canonical_name > $1 order by u.canonical_name limit $2
        """)

    /// Parameters: `$1` canonical name. Rows: the user with their kinds, and which factors could be proved now.
    static let person = Statement(
        "policy.person",
        """
        select \(UserStatements.columns), \(kinds),
            array(select f.id::text from core.factor f where f.user_id = u.id and f.state = 'active'
                and (f.delayed_until is null or f.delayed_until <= clock_timestamp())) as usable
        from core."user" u where u.canonical_name = $1
        """)

    /// Rows: the application of each account that is not removed, or its name where it has none.
    static let applications = Statement(
        "policy.applications",
        """
        select distinct coalesce(application, name) as application from sdk.service_account
        where removed_at is null order by 1
        """)

    static let all: [Statement] = [
        lock, readVersion, readDocument, read, list, insert, people, person, applications,
    ]
}

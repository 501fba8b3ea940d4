// SPDX-License-Identifier: Apache-2.0
import MFADomain
import Postgres

/// What new people begin with: one row, or none where nobody has said anything.
enum NewPersonStatements {
    /// One change at a time; held until the transaction ends.
    static let lock = Statement(
        "new_person.lock",
        "select pg_advisory_xact_lock(hashtextextended('countersign new people', 0)) is null as locked")

    /// Rows: one, or none.
    static let read = Statement(
        "new_person.read", "select language, preferred_factor, groups, enabled from core.user_defaults")

    /// Parameters: `$1` language, `$2` preferred factor, `$3` groups, `$4` enabled, `$5` who.
    static let write = Statement(
        "new_person.write",
        """
        insert into core.user_defaults as d (language, preferred_factor, groups, enabled, changed_by)
        values ($1, $2, $3, $4, $5)
        on conflict (only_row) do update set language = excluded.language,
            preferred_factor = excluded.preferred_factor, groups = excluded.groups, enabled = excluded.enabled,
            changed_by = excluded.changed_by, changed_at = clock_timestamp()
        """)

    static let all: [Statement] = [lock, read, write]

    static func defaults(_ row: Row) throws(PostgresError) -> NewPersonDefaults {
        NewPersonDefaults(
            language: try row.optionalText("language"),
            preferredFactor: try row.optionalText("preferred_factor").flatMap(RequestedFactor.init(rawValue:)),
            groups: try row.texts("groups"), isEnabled: try row.boolean("enabled"))
    }
}

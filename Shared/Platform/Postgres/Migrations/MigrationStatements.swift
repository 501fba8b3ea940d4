// SPDX-License-Identifier: Apache-2.0

/// The migrator's own table; its name is a quoted identifier from the program, never from outside.
enum MigrationStatements {
    static func createTable(_ table: String) -> String {
        """
        create table \(table) (
            number integer primary key,
            name text not null,
            checksum bytea not null,
            applied_at timestamptz not null default clock_timestamp()
        )
        """
    }

    static func readAll(_ table: String) -> String {
        "select number, name, checksum, applied_at from \(table)"
    }

    /// Parameters: `$1` number, `$2` name, `$3` SHA-256 of the file.
    static func record(_ table: String) -> Statement {
        Statement("migration.record", "insert into \(table) (number, name, checksum) values ($1, $2, $3)")
    }

    /// Parameters: `$1` name. Rows: whether `function`, such as `to_regclass`, knows it.
    static func exists(_ function: String) -> Statement {
        Statement("migration.exists", "select \(function)($1) is not null as found")
    }
}

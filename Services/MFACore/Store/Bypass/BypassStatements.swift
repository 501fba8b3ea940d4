// SPDX-License-Identifier: Apache-2.0
import Postgres

/// How many bypasses an administrator issued today; the bypass itself stands in the row of its person.
enum BypassStatements {
    private static let today = "(clock_timestamp() at time zone 'UTC')::date"

    /// Parameters: `$1` administrator. Rows: one, how many they issued today.
    static let readCount = Statement(
        "bypass.read_count",
        """
        select coalesce((select b.issued from core.bypass_count b where b.actor = $1 and b.day = \(today)), 0) as issued
        """)

    /// Parameters: `$1` administrator, `$2` how many there may be. Rows: 1, or 40001 when the last one was issued in
    /// between.
    static let count = Statement(
        "bypass.count",
        """
        with counted as (
            insert into core.bypass_count as b (actor, day, issued) values ($1, \(today), 1)
            on conflict (actor, day) do update set issued = b.issued + 1 where b.issued < $2
            returning 1)
        select core.require_rows(1, (select count(*) from counted))
        """)

    static let all: [Statement] = [readCount, count]
}

// SPDX-License-Identifier: Apache-2.0
import Postgres
import Primitives

/// Questions about a transaction whose end was not heard.
enum TransactionStatements {
    /// Parameters: `$1` transaction id as text. Rows: `committed`, `aborted`, `in progress`, or null when forgotten.
    static let status = Statement("transaction.status", "select pg_xact_status($1::text::xid8) as status")

    /// Parameters: `$1` such as `1500ms`. Holds until the transaction ends.
    static let lockTimeout = Statement("transaction.lock_timeout", "select set_config('lock_timeout', $1, true)")

    static let all: [Statement] = [status, lockTimeout]

    /// Lets the transaction wait for a lock no longer than `timeout`.
    static func limitingLocks(to timeout: Duration) -> (Statement, [PostgresValue]) {
        // Zero would mean to wait for ever.
        (lockTimeout, [.text("\(max(1, timeout.wholeMicroseconds / 1000))ms")])
    }
}

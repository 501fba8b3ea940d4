// SPDX-License-Identifier: Apache-2.0
import Postgres

/// Questions about a transaction whose end was not heard.
enum TransactionStatements {
    /// Parameters: `$1` transaction id as text. Rows: `committed`, `aborted`, `in progress`, or null when forgotten.
    static let status = Statement("transaction.status", "select pg_xact_status($1::text::xid8) as status")

    /// Parameters: `$1` such as `1500ms`. Holds until the transaction ends.
    static let lockTimeout = Statement("transaction.lock_timeout", "select set_config('lock_timeout', $1, true)")

    static let all: [Statement] = [status, lockTimeout]
}

// SPDX-License-Identifier: Apache-2.0
import Postgres

/// Questions about a transaction whose end was not heard.
enum TransactionStatements {
    /// Parameters: `$1` transaction id as text. Rows: `committed`, `aborted`, `in progress`, or null when forgotten.
    static let status = Statement("transaction.status", "select pg_xact_status($1::text::xid8) as status")

    static let all: [Statement] = [status]
}

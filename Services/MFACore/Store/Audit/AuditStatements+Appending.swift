// SPDX-License-Identifier: Apache-2.0
import MFADomain
import Postgres

extension AuditStatements {
    /// The statement with its values that writes `events` in the transaction they tell of.
    static func appending(
        _ events: [AuditEvent], caller: Caller, instance: String
    ) -> (Statement, [PostgresValue]) {
        let rows = events.map { AuditRow($0, caller: caller, instance: instance) }
        return (append, [.json(AuditRow.json(rows)), .integer(rows.count)])
    }
}

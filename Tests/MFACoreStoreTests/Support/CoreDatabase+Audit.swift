// SPDX-License-Identifier: Apache-2.0
import MFACoreStore
import Postgres
import TestKit

extension CoreDatabase {
    /// Writes rows as the services do, `E1`, `E2` and so on, each in a transaction of its own.
    func addAuditRows(_ count: Int, first: Int = 1) async throws {
        try await PlainSession.open(configuration(.core)) { session in
            for number in first..<first + count {
                try session.run(
                    """
                    select core.audit_append('[{"event": "E\(number)", "outcome": "done", "front_end": "cli", "actor": "a",
                        "user_given": "o''hara \\"\(number)\\" é", "detail": {"longer": "x", "b": "1"}}]')
                    """)
            }
        }
    }

    /// Runs the chain until every row has its link: other tests' transactions on the same server hold it up.
    func chainAudit(_ chain: PostgresAuditChain) async throws {
        try await eventually("every row has its link") {
            _ = try await chain.run()
            return try await unlinkedRows() == 0
        }
    }

    func unlinkedRows() async throws -> Int64 {
        try await number(
            """
            select count(*) as n from core.audit_event e
            where not exists (select from core.audit_link l where l.audit_id = e.id)
            """)
    }

    /// What only a superuser can do: statements that no trigger hears of.
    func bend(_ sql: String) async throws {
        try await database.run("set session_replication_role = replica; \(sql)")
    }
}

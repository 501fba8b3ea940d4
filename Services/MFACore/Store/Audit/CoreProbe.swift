// SPDX-License-Identifier: Apache-2.0
package import Postgres

/// Questions that readiness asks.
package enum CoreProbe {
    /// Whether this role may append audit rows and the function's owner may insert them.
    package static func isAuditWritable(_ client: PostgresClient) async throws(PostgresError) -> Bool {
        try await client.query(AuditStatements.isWritable, [], deadline: .seconds(2)).first?.boolean("writable")
            ?? false
    }
}

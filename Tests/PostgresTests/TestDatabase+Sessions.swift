// SPDX-License-Identifier: Apache-2.0

import Postgres
import TestKit

extension TestDatabase {
    /// Waits until a session is busy with a statement whose text matches, and, when so asked, is held up by a lock.
    func waitForSession(matching pattern: String, waiting: Bool = false) async throws {
        let sessions = Statement(
            "sessions",
            """
            select 1 from pg_stat_activity
             where datname = $1 and state = 'active' and query like $2 and (wait_event_type = 'Lock' or not $3)
            """)
        let values: [PostgresValue] = [.text(name), .text(pattern), .boolean(waiting)]
        try await eventually("a session runs \(pattern)") {
            try await PlainSession.open(cluster.configuration()) { session in
                !(try session.run(sessions, values).isEmpty)
            }
        }
    }
}

// SPDX-License-Identifier: Apache-2.0

package import Primitives

/// What the server says about itself.
package struct ServerState: Sendable {
    /// Such as 150018 for 15.18.
    package let versionNumber: Int64
    /// The server's `clock_timestamp()`.
    package let time: Instant
    /// The session's `synchronous_commit`; `off` and `local` would let commits be lost at a failover.
    package let synchronousCommit: String
    /// The role that statements run as.
    package let role: String
    package let database: String
}

extension PostgresClient {
    /// Asks the server whether it serves, for `readyz`: both lanes must have a connection and the server take writes.
    ///
    /// - Throws: `.unavailable` with the reason, `.timedOut` after two seconds.
    package func probe() async throws(PostgresError) -> ServerState {
        guard let row = try await query(ServerStatements.probe, deadline: .seconds(2)).first else {
            throw PostgresError(.decoding, "the probe brought no row")
        }
        if try row.boolean("recovering") { throw PostgresError(.unavailable, "the server is a standby") }
        if try row.text("read_only") != "off" { throw PostgresError(.unavailable, "the server is read-only") }
        guard isReachable else { throw PostgresError(.unavailable, "there is no connection for writing") }
        return ServerState(
            versionNumber: try row.integer("version"), time: try row.instant("time"),
            synchronousCommit: try row.text("synchronous_commit"), role: try row.text("role"),
            database: try row.text("database"))
    }
}

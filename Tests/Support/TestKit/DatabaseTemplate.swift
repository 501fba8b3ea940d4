// SPDX-License-Identifier: Apache-2.0

internal import Postgres

/// A database prepared once per process and server, from which tests get copies.
///
/// Keep it in a `static let`; `prepare` is where the roles script runs and the migrations are applied.
package actor DatabaseTemplate {
    private let prepare: @Sendable (TestDatabase) async throws -> Void
    private var databases: [String: Task<String, any Error>] = [:]

    package init(_ prepare: @escaping @Sendable (TestDatabase) async throws -> Void) {
        self.prepare = prepare
    }

    func database(on cluster: PostgresCluster) async throws -> String {
        if let task = databases[cluster.url] { return try await task.value }
        let prepare = prepare
        let task = Task {
            let database = try await TestDatabase.create(on: cluster)
            try await prepare(database)
            // A database with sessions cannot be copied, and a server notices a closed one only a moment later.
            let name = database.name
            try await PlainSession.open(cluster.configuration()) { session in
                _ = try session.run("alter database \(name) allow_connections false")
                _ = try session.run(
                    "select pg_terminate_backend(pid, 10000) from pg_stat_activity where datname = '\(name)'")
            }
            return name
        }
        databases[cluster.url] = task
        return try await task.value
    }
}

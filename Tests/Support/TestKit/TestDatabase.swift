// SPDX-License-Identifier: Apache-2.0

package import Logging
package import Postgres
internal import Primitives

/// A database of one test's own.
package struct TestDatabase: Sendable {
    package let cluster: PostgresCluster
    package let name: String

    /// Logs in as the superuser; a copy may be given more connections or another deadline.
    package var configuration: PostgresConfiguration { cluster.configuration(database: name) }

    /// Logs in as the superuser by way of `proxy`.
    package func configuration(through proxy: FaultProxy) -> PostgresConfiguration {
        var configuration = configuration
        configuration.url = "host=127.0.0.1 port=\(proxy.port) dbname=\(name) user=postgres sslmode=disable"
        return configuration
    }

    /// Logs in as `role`.
    package func configuration(role: String, password: String) -> PostgresConfiguration {
        cluster.configuration(database: name, role: role, password: password)
    }

    /// An empty database, or a copy of a prepared one.
    package static func create(
        from template: DatabaseTemplate? = nil, on cluster: PostgresCluster? = nil
    ) async throws -> TestDatabase {
        let server: PostgresCluster
        if let cluster { server = cluster } else { server = try await PostgresCluster.shared() }
        let source = try await template?.database(on: server) ?? "template0"
        let name = "test_" + Hex.encode(SystemRandomSource().bytes(8))
        try await PlainSession.open(server.configuration()) { session in
            _ = try session.run("create database \(name) template \(source)")
        }
        return TestDatabase(cluster: server, name: name)
    }

    /// Removes it, whoever is still connected.
    package func drop() async throws {
        let name = name
        try await PlainSession.open(cluster.configuration()) { session in
            _ = try session.run("drop database if exists \(name) with (force)")
        }
    }

    /// Runs one or more statements as the superuser.
    package func run(_ sql: String) async throws {
        try await PlainSession.open(configuration) { session in _ = try session.run(sql) }
    }

    /// Ends every session that matches the SQL condition `which` on `pg_stat_activity`, and says how many there were.
    @discardableResult
    package func terminateSessions(where which: String) async throws -> Int64 {
        let name = name
        return try await PlainSession.open(cluster.configuration()) { session in
            let rows = try session.run(
                """
                select count(pg_terminate_backend(pid)) as number from pg_stat_activity
                 where datname = '\(name)' and \(which)
                """)
            return try rows.first?.integer("number") ?? 0
        }
    }

    /// Runs `body` with a client logged in as the superuser.
    package func withClient<R>(
        isolation: isolated (any Actor)? = #isolation, _ body: (PostgresClient) async throws -> R
    ) async throws -> R {
        try await PostgresClient.withClient(configuration, logger: .silent, body)
    }
}

/// Runs `body` with a fresh database and removes it afterwards.
package func withTestDatabase<R>(
    from template: DatabaseTemplate? = nil, on cluster: PostgresCluster? = nil,
    isolation: isolated (any Actor)? = #isolation, _ body: (TestDatabase) async throws -> R
) async throws -> R {
    let database = try await TestDatabase.create(from: template, on: cluster)
    do {
        let result = try await body(database)
        try await database.drop()
        return result
    } catch {
        try? await database.drop()
        throw error
    }
}

extension Logger {
    /// Says nothing; for what a test provokes on purpose.
    package static var silent: Logger { Logger(label: "tests") { _ in SwiftLogNoOpLogHandler() } }
}

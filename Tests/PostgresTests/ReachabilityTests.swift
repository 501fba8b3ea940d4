// SPDX-License-Identifier: Apache-2.0

import Postgres
import Primitives
import Testing
import TestKit

@Suite(.timeLimit(.minutes(2)))
struct ReachabilityTests {
    private static let one = Statement("one", "select 1 as v")

    @Test func `an unreachable server is told at once, and found again without a restart`() async throws {
        try await withTestDatabase { database in
            let proxy = try FaultProxy(to: database.cluster.port)
            defer { proxy.stop() }
            proxy.cut(refusing: true)
            try await PostgresClient.withClient(database.configuration(through: proxy), logger: .silent) { client in
                let started = ContinuousClock.now
                let error = await #expect(throws: PostgresError.self) { try await client.query(Self.one) }
                #expect(error?.code == .unavailable)
                #expect(ContinuousClock.now - started < .seconds(10))
                #expect(!client.isReachable)
                proxy.cut(refusing: false)
                try await eventually("the client is back") { client.isReachable }
                #expect(try await client.query(Self.one).first?.integer("v") == 1)
                _ = try await client.probe()
            }
        }
    }

    @Test func `the reason for a refused login is told without the password`() async throws {
        try await withTestDatabase { database in
            var configuration = database.configuration
            configuration.password = SecretBytes(utf8: "wrong-and-secret")
            try await PostgresClient.withClient(configuration, logger: .silent) { client in
                let error = await #expect(throws: PostgresError.self) { try await client.query(Self.one) }
                #expect(error?.code == .unavailable)
                #expect(error?.reason.contains("password authentication failed") == true)
                #expect(error?.description.contains("wrong-and-secret") == false)
            }
        }
    }

    @Test func `the probe tells what it found`() async throws {
        try await withTestDatabase { database in
            try await database.withClient { client in
                try await eventually("both lanes are open") { client.isReachable }
                let state = try await client.probe()
                #expect(state.database == database.name)
                #expect(state.role == "postgres")
                #expect(state.synchronousCommit == "on")
                #expect(state.versionNumber >= 150_000)
                #expect(state.time > Instant("2024-01-01T00:00:00Z") ?? Instant(seconds: 0))
            }
        }
    }

    // R92
    @Test func `a server that takes no writes is not ready, and not connected to`() async throws {
        try await withTestDatabase { database in
            try await database.withClient { client in
                try await eventually("both lanes are open") { client.isReachable }
                try await database.run("alter database \(database.name) set default_transaction_read_only = on")
                // New sessions of this database are read-only: libpq passes them over, as it would a standby.
                try await database.terminateSessions(where: "pid <> pg_backend_pid()")
                try await eventually("the probe fails") {
                    do throws(PostgresError) {
                        _ = try await client.probe()
                        return false
                    } catch { return error.code == .unavailable && error.reason.contains("read-only") }
                }
                let error = await #expect(throws: PostgresError.self) { try await client.execute(Self.one) }
                #expect(error?.code == .unavailable)
            }
        }
    }

    // R92
    @Test func `a server turned read-only under open connections fails the probe`() async throws {
        let cluster = try await PostgresCluster.start()
        let database = try await TestDatabase.create(on: cluster)
        try await database.withClient { client in
            try await eventually("both lanes are open") { client.isReachable }
            _ = try await client.probe()
            try await PlainSession.open(cluster.configuration()) { session in
                _ = try session.run("alter system set default_transaction_read_only = on")
                _ = try session.run("select pg_reload_conf()")
            }
            try await eventually("the probe fails") {
                do throws(PostgresError) {
                    _ = try await client.probe()
                    return false
                } catch { return error.reason.contains("read-only") }
            }
        }
        try await cluster.stop()
    }
}

// SPDX-License-Identifier: Apache-2.0

import Postgres
import Testing
import TestKit

/// R90: whatever keeps a clean answer to a commit from arriving, the write is never reported as done.
@Suite(.timeLimit(.minutes(2)))
struct UnknownOutcomeTests {
    private static let add = Statement("entry.add", "insert into entry (name) values ($1)")
    private static let xid = Statement("xid", "select pg_current_xact_id()::text as xid")
    private static let fate = Statement("fate", "select pg_xact_status($1::xid8) as fate")
    private static let table = "create table entry (name text primary key)"

    /// `pg_xact_status` tells the truth later, on another connection.
    private func fate(of xid: String, _ client: PostgresClient) async throws -> String? {
        try await client.query(Self.fate, [.text(xid)]).first?.text("fate")
    }

    /// What `work` failed with; nil when it did not.
    private func code(of work: @Sendable () async throws -> Void) async -> PostgresError.Code? {
        do {
            try await work()
            return nil
        } catch { return (error as? PostgresError)?.code }
    }

    // R90
    @Test func `a lost reply to COMMIT leaves the outcome unknown until it is asked for`() async throws {
        try await withTestDatabase { database in
            try await database.run(Self.table)
            let proxy = try FaultProxy(to: database.cluster.port)
            defer { proxy.stop() }
            var xid = ""
            try await PostgresClient.withClient(database.configuration(through: proxy), logger: .silent) {
                client async throws in
                let error = await #expect(throws: PostgresError.self) {
                    try await client.withTransaction { transaction in
                        xid = try await transaction.query(Self.xid).first?.text("xid") ?? ""
                        proxy.loseReply(to: "commit\u{0}")
                        _ = try await transaction.finish(Self.add, [.text("a")])
                    }
                }
                #expect(error?.code == .outcomeUnknown)
                #expect(proxy.hasLostReply)
                #expect(try await fate(of: xid, client) == "committed")
            }
        }
    }

    // R90
    @Test func `a lost reply to an autocommit write leaves the outcome unknown`() async throws {
        try await withTestDatabase { database in
            try await database.run(Self.table)
            let proxy = try FaultProxy(to: database.cluster.port)
            defer { proxy.stop() }
            try await PostgresClient.withClient(database.configuration(through: proxy), logger: .silent) { client in
                proxy.loseReply(to: "lost-entry")
                let error = await #expect(throws: PostgresError.self) {
                    try await client.execute(Self.add, [.text("lost-entry")])
                }
                #expect(error?.code == .outcomeUnknown)
                // The lane recovers by itself, and the entry is there: so it was no failure either.
                let again = await #expect(throws: PostgresError.self) {
                    try await client.execute(Self.add, [.text("lost-entry")])
                }
                #expect(again?.isUniqueViolation == true)
            }
        }
    }

    @Test func `a connection lost before COMMIT was sent is a plain failure`() async throws {
        try await withTestDatabase { database in
            try await database.run(Self.table)
            let proxy = try FaultProxy(to: database.cluster.port)
            defer { proxy.stop() }
            var xid = ""
            try await PostgresClient.withClient(database.configuration(through: proxy), logger: .silent) { client in
                let error = await #expect(throws: PostgresError.self) {
                    try await client.withTransaction { transaction in
                        xid = try await transaction.query(Self.xid).first?.text("xid") ?? ""
                        proxy.cut(refusing: false)
                        _ = try await transaction.query(Self.add, [.text("a")])
                    }
                }
                #expect(error?.code == .unavailable)
                try await eventually("the server gave the transaction up") {
                    (try? await fate(of: xid, client)) == "aborted"
                }
            }
        }
    }

    // R90
    @Test(arguments: [("read", PostgresError.Code.unavailable), ("write", .outcomeUnknown)])
    func `a killed session fails what it was running, and the lane comes back`(
        lane: String, expected: PostgresError.Code
    ) async throws {
        try await withTestDatabase { database in
            try await database.withClient { client in
                let nap = Statement("nap", "select pg_sleep(30)")
                let task = Task { try await lane == "read" ? client.query(nap) : client.execute(nap) }
                try await database.waitForSession(matching: "%pg_sleep(30)%")
                try await database.terminateSessions(where: "query like '%pg_sleep(30)%' and pid <> pg_backend_pid()")
                let error = await #expect(throws: PostgresError.self) { try await task.value }
                #expect(error?.code == expected)
                let one = Statement("one", "select 1 as v")
                let row = try await (lane == "read" ? client.query(one) : client.execute(one)).first
                #expect(try row?.integer("v") == 1)
            }
        }
    }

    @Test(arguments: [("read", PostgresError.Code.timedOut), ("write", .outcomeUnknown)])
    func `a deadline fails the caller and closes the connection, and the lane comes back`(
        lane: String, expected: PostgresError.Code
    ) async throws {
        try await withTestDatabase { database in
            var configuration = database.configuration
            configuration.writeConnections = 1
            try await PostgresClient.withClient(configuration, logger: .silent) { client in
                let pid = Statement("pid", "select pg_backend_pid() as pid")
                @Sendable func run(_ statement: Statement, _ deadline: Duration? = nil) async throws -> [Row] {
                    try await lane == "read"
                        ? client.query(statement, [], deadline: deadline)
                        : client.execute(statement, [], deadline: deadline)
                }
                let before = try await run(pid).first?.integer("pid")
                let error = await #expect(throws: PostgresError.self) {
                    try await run(Statement("nap", "select pg_sleep(30)"), .milliseconds(500))
                }
                #expect(error?.code == expected)
                let after = try await run(pid).first?.integer("pid")
                #expect(after != nil)
                #expect(after != before)
            }
        }
    }

    /// A server whose synchronous standby is not there: every commit waits for it, and none may be called done.
    // R90
    @Test func `no write is done while the synchronous standby is absent`() async throws {
        let cluster = try await PostgresCluster.start()
        let database = try await TestDatabase.create(on: cluster)
        try await database.run(Self.table)
        try await PlainSession.open(cluster.configuration()) { session in
            _ = try session.run("alter system set synchronous_standby_names = 'absent'")
            _ = try session.run("select pg_reload_conf()")
        }
        try await eventually("the server waits for its standby") {
            try await PlainSession.open(cluster.configuration()) { session in
                try session.run("show synchronous_standby_names").first?.text("synchronous_standby_names") == "absent"
            }
        }
        try await PostgresClient.withClient(database.configuration, logger: .silent) { client in
            // Long enough to get a connection on a busy machine: both must have been sent when the deadline comes.
            let deadline = Duration.seconds(3)
            async let late = code(of: { _ = try await client.execute(Self.add, [.text("late")], deadline: deadline) })
            async let lateBatch = code(of: {
                try await client.withTransaction(deadline: deadline) { transaction in
                    _ = try await transaction.query(Self.xid)
                    _ = try await transaction.finish(Self.add, [.text("late batch")])
                }
            })
            let codes = await [late, lateBatch]
            #expect(codes == [.outcomeUnknown, .outcomeUnknown])

            // Cancelled by an administrator, the wait ends in a WARNING and an otherwise clean result.
            let marked = Statement("entry.add_marked", Self.add.sql + " returning 'to be cancelled'")
            let task = Task { try await client.execute(marked, [.text("cancelled")]) }
            try await eventually("the wait for the standby is cancelled") {
                try await PlainSession.open(cluster.configuration()) { session in
                    let rows = try session.run(
                        """
                        select count(pg_cancel_backend(pid)) as number from pg_stat_activity
                         where wait_event = 'SyncRep' and query like 'insert into entry%to be cancelled%'
                        """)
                    return try rows.first?.integer("number") ?? 0 > 0
                }
            }
            let cancelled = await #expect(throws: PostgresError.self) { try await task.value }
            #expect(cancelled?.code == .outcomeUnknown)
            #expect(cancelled?.reason.contains("the server warned") == true)
        }
        try await cluster.stop()
    }
}

// SPDX-License-Identifier: Apache-2.0

import Postgres
import Testing
import TestKit

@Suite(.timeLimit(.minutes(2)))
struct TransactionTests {
    private static let add = Statement("item.add", "insert into item (name) values ($1) returning name")
    private static let count = Statement("item.count", "select count(*) as number from item")
    private static let xid = Statement("xid", "select pg_current_xact_id()::text as xid, pg_backend_pid() as pid")

    private struct Stop: Error {}

    private func withItems<R>(_ body: (TestDatabase, PostgresClient) async throws -> R) async throws -> R {
        try await withTestDatabase { database in
            try await database.run(
                """
                create table item (name text primary key, parent text references item deferrable initially deferred)
                """)
            var configuration = database.configuration
            configuration.writeConnections = 1
            return try await PostgresClient.withClient(configuration, logger: .silent) { client in
                try await body(database, client)
            }
        }
    }

    private func itemCount(_ client: PostgresClient) async throws -> Int64? {
        try await client.query(Self.count).first?.integer("number")
    }

    @Test func `commits what the body leaves open`() async throws {
        try await withItems { _, client in
            let name = try await client.withTransaction { transaction in
                let lists = try await transaction.batch([
                    (Self.add, [.text("a")]), (Self.add, [.text("b")]), (Self.xid, []),
                ])
                #expect(lists.count == 3)
                #expect(try await itemCount(client) == 0)
                return try lists[1].first?.text("name")
            }
            #expect(name == "b")
            #expect(try await itemCount(client) == 2)
        }
    }

    @Test func `runs in one transaction from the first statement to the last`() async throws {
        try await withItems { _, client in
            try await client.withTransaction { transaction in
                let first = try await transaction.query(Self.xid).first?.text("xid")
                let second = try await transaction.batch([(Self.xid, []), (Self.xid, [])])
                let last = try await transaction.finish(Self.xid).first?.text("xid")
                #expect(first != nil)
                #expect(try second.map { try $0.first?.text("xid") } == [first, first])
                #expect(last == first)
            }
        }
    }

    @Test func `rolls back when the body throws, and hands the connection on clean`() async throws {
        try await withItems { _, client in
            await #expect(throws: Stop.self) {
                try await client.withTransaction { transaction in
                    _ = try await transaction.query(Self.add, [.text("a")])
                    throw Stop()
                }
            }
            // The lane has one connection: this runs on the same, and outside of that transaction.
            _ = try await client.execute(Self.add, [.text("b")])
            #expect(try await itemCount(client) == 1)
        }
    }

    @Test func `an error inside loses the transaction and nothing else`() async throws {
        try await withItems { _, client in
            _ = try await client.execute(Self.add, [.text("a")])
            let error = await #expect(throws: PostgresError.self) {
                try await client.withTransaction { transaction in
                    _ = try await transaction.batch([
                        (Self.add, [.text("b")]), (Self.add, [.text("a")]), (Self.add, [.text("c")]),
                    ])
                }
            }
            #expect(error?.sqlState == "23505")
            #expect(error?.isUniqueViolation == true)
            _ = try await client.execute(Self.add, [.text("d")])
            #expect(try await itemCount(client) == 2)
        }
    }

    /// A failed transaction answers COMMIT with a clean result whose tag is ROLLBACK.
    @Test func `a commit answered with ROLLBACK is an error`() async throws {
        try await withItems { _, client async throws in
            let error = await #expect(throws: PostgresError.self) {
                try await client.withTransaction { transaction in
                    _ = try await transaction.query(Self.add, [.text("a")])
                    _ = try? await transaction.query(Statement("fail", "select 1 / 0"))
                    try await transaction.commit()
                }
            }
            #expect(error?.code == .rolledBack)
            #expect(try await itemCount(client) == 0)
        }
    }

    @Test func `a body cannot swallow a failed commit or a lost connection`() async throws {
        try await withItems { database, client async throws in
            let unswallowed = await #expect(throws: PostgresError.self) {
                try await client.withTransaction { transaction in
                    _ = try await transaction.query(Self.add, [.text("a")])
                    _ = try? await transaction.finish(Self.add, [.text("a")])
                }
            }
            #expect(unswallowed?.sqlState == "23505")
            let lost = await #expect(throws: PostgresError.self) {
                try await client.withTransaction { transaction in
                    let pid = try await transaction.query(Self.xid).first?.integer("pid") ?? 0
                    try await database.terminateSessions(where: "pid = \(pid)")
                    _ = try? await transaction.query(Self.add, [.text("b")])
                }
            }
            #expect(lost?.code == .unavailable)
            #expect(try await itemCount(client) == 0)
        }
    }

    @Test func `a constraint that fails at the commit is the commit's error`() async throws {
        try await withItems { _, client async throws in
            let orphan = Statement("item.orphan", "insert into item (name, parent) values ('a', 'nobody')")
            let error = await #expect(throws: PostgresError.self) {
                try await client.withTransaction { transaction in _ = try await transaction.finish(orphan) }
            }
            #expect(error?.sqlState == "23503")
            #expect(try await itemCount(client) == 0)
        }
    }

    @Test func `a failing last statement does not commit`() async throws {
        try await withItems { _, client in
            let error = await #expect(throws: PostgresError.self) {
                try await client.withTransaction { transaction in
                    _ = try await transaction.query(Self.add, [.text("a")])
                    _ = try await transaction.finish(Self.add, [.text("a")])
                }
            }
            #expect(error?.sqlState == "23505")
            #expect(try await itemCount(client) == 0)
            _ = try await client.execute(Self.add, [.text("b")])
        }
    }

    @Test func `is closed after its end`() async throws {
        try await withItems { _, client in
            let ended = try await client.withTransaction { transaction in
                _ = try await transaction.finish(Self.add, [.text("a")])
                let error = await #expect(throws: PostgresError.self) { try await transaction.query(Self.count) }
                #expect(error?.code == .closed)
                return transaction
            }
            let error = await #expect(throws: PostgresError.self) { try await ended.query(Self.add, [.text("b")]) }
            #expect(error?.code == .closed)
            #expect(try await itemCount(client) == 1)
        }
    }

    @Test func `rolls back on demand, and an empty body needs no server`() async throws {
        try await withItems { _, client in
            try await client.withTransaction { transaction in
                _ = try await transaction.query(Self.add, [.text("a")])
                try await transaction.rollback()
            }
            try await client.withTransaction { _ in }
            #expect(try await itemCount(client) == 0)
        }
    }

    @Test func `a cancelled body is rolled back`() async throws {
        let gate = Statement("gate", "select pg_advisory_xact_lock(7)")
        try await withItems { database, client in
            try await database.withClient { other in
                try await other.withTransaction { holder in
                    _ = try await holder.query(gate)
                    let task = Task {
                        try await client.withTransaction { transaction in
                            _ = try await transaction.query(Self.add, [.text("a")])
                            _ = try await transaction.query(gate)
                        }
                    }
                    try await database.waitForSession(matching: "%xact_lock%", waiting: true)
                    task.cancel()
                    let error = await #expect(throws: PostgresError.self) { try await task.value }
                    #expect(error?.code == .cancelled)
                }
            }
            _ = try await client.execute(Self.add, [.text("a")])
        }
    }

    @Test func `its deadline spans the body and closes the connection`() async throws {
        try await withItems { _, client in
            let error = await #expect(throws: PostgresError.self) {
                try await client.withTransaction(deadline: .milliseconds(300)) { transaction in
                    _ = try await transaction.query(Self.add, [.text("a")])
                    _ = try await transaction.query(Statement("nap", "select pg_sleep(30)"))
                }
            }
            #expect(error?.code == .timedOut)
            _ = try await client.execute(Self.add, [.text("b")])
            #expect(try await itemCount(client) == 1)
        }
    }

    @Test func `a deadlock is told as a reason to run again`() async throws {
        try await withTestDatabase { database in
            try await database.run("create table pair (id int primary key, n int); insert into pair values (1,0),(2,0)")
            try await database.withClient { client in
                let touch = Statement("pair.touch", "update pair set n = n + 1 where id = $1")
                let (first, second) = (Turn(), Turn())
                @Sendable func cross(_ ids: (Int, Int), _ mine: Turn, _ other: Turn) async -> Bool {
                    do {
                        try await client.withTransaction { transaction in
                            _ = try await transaction.query(touch, [.integer(ids.0)])
                            await mine.arrive()
                            await other.wait()
                            _ = try await transaction.query(touch, [.integer(ids.1)])
                        }
                        return false
                    } catch { return (error as? PostgresError)?.isSerializationFailure ?? false }
                }
                async let left = cross((1, 2), first, second)
                async let right = cross((2, 1), second, first)
                let failures = await [left, right].count { $0 }
                #expect(failures == 1)
            }
        }
    }
}

/// A point that one task reaches and others wait for.
private actor Turn {
    private var hasArrived = false
    private var waiters: [CheckedContinuation<Void, Never>] = []

    func arrive() {
        hasArrived = true
        for waiter in waiters { waiter.resume() }
        waiters = []
    }

    func wait() async {
        if !hasArrived { await withCheckedContinuation { waiters.append($0) } }
    }
}

// SPDX-License-Identifier: Apache-2.0

import Postgres
import Testing
import TestKit

@Suite(.timeLimit(.minutes(2)))
struct PostgresClientTests {
    private static let note = Statement("note.add", "insert into note (text) values ($1) returning id")
    private static let notes = Statement("note.count", "select count(*) as number from note")

    private func withNotes<R>(_ body: (TestDatabase, PostgresClient) async throws -> R) async throws -> R {
        try await withTestDatabase { database in
            try await database.run(
                """
                create table note (id bigint generated always as identity primary key, text text not null);
                create table copy (note bigint references note (id) deferrable initially deferred);
                create function shout(text text) returns bigint language plpgsql as $$
                begin
                    insert into note (text) values (shout.text);
                    raise warning 'shouted';
                    return 1;
                end $$
                """)
            return try await database.withClient { client in try await body(database, client) }
        }
    }

    private func noteCount(_ client: PostgresClient) async throws -> Int64? {
        try await client.query(Self.notes).first?.integer("number")
    }

    @Test func `writes on one lane and reads on the other`() async throws {
        try await withNotes { _, client in
            for number in 1...20 {
                let row = try #require(try await client.execute(Self.note, [.text("n\(number)")]).first)
                #expect(try row.integer("id") == Int64(number))
            }
            #expect(try await noteCount(client) == 20)
            #expect(client.isReachable)
        }
    }

    @Test func `runs many statements at once and gives each its own answer`() async throws {
        let echo = Statement("echo", "select $1::bigint as v")
        try await withNotes { _, client in
            try await withThrowingTaskGroup(of: (Int64, Int64?).self) { group in
                for number in 0..<500 as Range<Int64> {
                    group.addTask { (number, try await client.query(echo, [.integer(number)]).first?.integer("v")) }
                }
                for try await (sent, received) in group { #expect(sent == received) }
            }
        }
    }

    @Test func `an error stays with the statement that caused it`() async throws {
        let divide = Statement("divide", "select 1 / $1::bigint as v")
        try await withNotes { _, client in
            try await withThrowingTaskGroup(of: (Int64, String?).self) { group in
                for number in 0..<60 as Range<Int64> {
                    group.addTask {
                        do {
                            _ = try await client.query(divide, [.integer(number % 3)])
                            return (number % 3, nil)
                        } catch let error as PostgresError {
                            return (number % 3, error.sqlState)
                        }
                    }
                }
                for try await (divisor, state) in group { #expect(state == (divisor == 0 ? "22012" : nil)) }
            }
        }
    }

    @Test func `no write can go by way of the read lane`() async throws {
        try await withNotes { _, client async throws in
            let error = await #expect(throws: PostgresError.self) {
                try await client.query(Self.note, [.text("sneaked in")])
            }
            #expect(error?.sqlState == "25006")
            #expect(try await noteCount(client) == 0)
        }
    }

    /// The statement's own result is clean; the error comes with the commit, after it.
    @Test func `a constraint that fails at the commit fails the statement`() async throws {
        try await withNotes { _, client in
            let error = await #expect(throws: PostgresError.self) {
                try await client.execute(Statement("copy.add", "insert into copy (note) values (99) returning note"))
            }
            #expect(error?.sqlState == "23503")
            #expect(error?.isDataFault == true)
            #expect(error?.constraint == "copy_note_fkey")
        }
    }

    // R90
    @Test func `a warning on a write's way makes its outcome unknown`() async throws {
        try await withNotes { _, client async throws in
            let error = await #expect(throws: PostgresError.self) {
                try await client.execute(Statement("note.shout", "select shout($1)"), [.text("hello")])
            }
            #expect(error?.code == .outcomeUnknown)
            #expect(error?.reason.contains("shouted") == true)
            #expect(try await noteCount(client) == 1)
        }
    }

    @Test func `messages about wrong values do not repeat the value`() async throws {
        try await withNotes { _, client in
            let error = await #expect(throws: PostgresError.self) {
                try await client.query(Statement("parse", "select $1::uuid"), [.text("se\"cr\"et")])
            }
            #expect(error?.sqlState == "22P02")
            #expect(error?.description.contains("cr") == false)
            #expect(error?.description.contains("uuid") == true)
        }
    }

    @Test func `a statement that changed under its name still runs as written`() async throws {
        try await withNotes { _, client in
            for _ in 0..<2 {
                for number in 1...3 {
                    let row = try await client.query(Statement("same", "select \(number) as v")).first
                    #expect(try row?.integer("v") == Int64(number))
                }
            }
        }
    }

    @Test func `a statement that cannot be prepared does not harm its neighbours`() async throws {
        let wrong = Statement("wrong", "select nothing from nowhere")
        try await withNotes { _, client async throws in
            await withTaskGroup(of: String?.self) { group in
                for _ in 0..<20 {
                    group.addTask {
                        do throws(PostgresError) {
                            _ = try await client.query(wrong)
                            return nil
                        } catch { return error.sqlState }
                    }
                }
                for await state in group { #expect(state == "42P01") }
            }
            #expect(try await noteCount(client) == 0)
        }
    }

    /// As happens when a column's type is changed while services run.
    @Test func `a prepared statement outdated by a migration recovers by itself`() async throws {
        let read = Statement("note.read", "select * from note")
        try await withNotes { database, client in
            _ = try await client.execute(read)
            try await database.run("alter table note alter column text type varchar(10)")
            try await eventually("the statement runs again") {
                (try? await client.execute(read)) != nil
            }
        }
    }

    @Test func `a cancelled caller stops waiting, and the statement goes on`() async throws {
        let gate = Statement("gate", "select pg_advisory_xact_lock(7)")
        let gated = Statement(
            "note.gated",
            "with gate as materialized (select pg_advisory_xact_lock(7)) insert into note (text) select 'x' from gate")
        try await withNotes { database, client in
            try await client.withTransaction { holder in
                _ = try await holder.query(gate)
                let task = Task { try await client.execute(gated) }
                try await database.waitForSession(matching: "with gate%", waiting: true)
                task.cancel()
                let error = await #expect(throws: PostgresError.self) { try await task.value }
                #expect(error?.code == .cancelled)
                #expect(try await noteCount(client) == 0)
            }
            try await eventually("the write arrives") { try await noteCount(client) == 1 }
        }
    }

    @Test func `a full queue refuses at once`() async throws {
        try await withTestDatabase { database in
            var configuration = database.configuration
            configuration.writeConnections = 1
            configuration.statementDeadline = .seconds(60)
            try await PostgresClient.withClient(configuration, logger: .silent) { client in
                let one = Statement("one", "select 1")
                try await client.withTransaction { transaction in
                    _ = try await transaction.query(one)
                    await withTaskGroup(of: PostgresError.Code?.self) { group in
                        for _ in 0..<4_100 {
                            group.addTask {
                                do throws(PostgresError) {
                                    _ = try await client.execute(one)
                                    return nil
                                } catch { return error.code }
                            }
                        }
                        // The lane's only connection is taken, so the first to end are those refused.
                        for _ in 0..<4 { #expect(await group.next() == .unavailable) }
                        do { try await transaction.commit() } catch { Issue.record(error) }
                        for await code in group { #expect(code == nil) }
                    }
                }
            }
        }
    }

    @Test func `runs until it is cancelled`() async throws {
        try await withTestDatabase { database in
            let client = PostgresClient(configuration: database.configuration, logger: .silent)
            let running = Task { try await client.run() }
            #expect(try await client.query(Statement("one", "select 1 as v")).first?.integer("v") == 1)
            running.cancel()
            try await running.value
            #expect(!client.isReachable)
            let error = await #expect(throws: PostgresError.self) {
                try await client.query(Statement("one", "select 1"))
            }
            #expect(error?.code == .closed)
        }
    }

    /// More than one read and one socket buffer; over TLS in EncryptionTests.
    @Test func `carries large values both ways`() async throws {
        let echo = Statement("echo.large", "select $1::bytea as v")
        try await withTestDatabase { database in
            try await database.withClient { client in
                let bytes = (0..<3_000_000).map { UInt8(truncatingIfNeeded: $0 &* 31) }
                let rows = try await client.query(echo, [.bytes(bytes)])
                #expect(try rows.first?.bytes("v") == bytes)
            }
        }
    }

    @Test func `a stopped client refuses`() async throws {
        try await withTestDatabase { database in
            let client = try await database.withClient { $0 }
            let error = await #expect(throws: PostgresError.self) {
                try await client.query(Statement("one", "select 1"))
            }
            #expect(error?.code == .closed)
        }
    }
}

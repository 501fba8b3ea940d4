// SPDX-License-Identifier: Apache-2.0

import Postgres
import Testing
import TestKit

@Suite(.timeLimit(.minutes(2)))
struct MigratorTests {
    private static let first = Migrator.Migration(
        number: 1, name: "people",
        sql:
            "create table core.person (name text); insert into core.person values ('a'); analyze core.person"
    )
    private static let second = Migrator.Migration(
        number: 2, name: "age", sql: "alter table core.person add column age int")

    private func migrator(
        _ database: TestDatabase, _ migrations: [Migrator.Migration], role: String? = nil
    ) -> Migrator {
        Migrator(configuration: database.configuration, migrations: migrations, role: role, logger: .silent)
    }

    private func refusal(_ migrator: Migrator) async throws -> MigrationError? {
        await #expect(throws: MigrationError.self) { try await migrator.migrate() }
    }

    @Test func `applies what is pending, once`() async throws {
        try await withTestDatabase { database in
            let early = migrator(database, [Self.first])
            #expect(try await early.status().map(\.state) == [.pending])
            #expect(try await early.migrate() == [Self.first])
            #expect(try await early.migrate() == [])
            let late = migrator(database, [Self.second, Self.first])
            let states = try await late.status().map(\.state)
            guard case .applied = try #require(states.first) else {
                Issue.record("expected the first to be applied, found \(states)")
                return
            }
            #expect(states.last == .pending)
            #expect(try await late.migrate() == [Self.second])
            try await database.run("select name, age from core.person")
        }
    }

    @Test func `a failing migration leaves nothing of itself and everything before it`() async throws {
        let broken = Migrator.Migration(
            number: 2, name: "broken", sql: "create table core.half (id int); select * from nowhere")
        try await withTestDatabase { database in
            let error = try await refusal(migrator(database, [Self.first, broken]))
            #expect(error?.code == .failed)
            #expect(error?.reason.hasPrefix("Migration 2 (broken) failed") == true)
            #expect(try await migrator(database, [Self.first, Self.second]).migrate() == [Self.second])
            await #expect(throws: PostgresError.self) { try await database.run("select * from core.half") }
        }
    }

    @Test func `a migration may not end its own transaction`() async throws {
        let sly = Migrator.Migration(number: 1, name: "sly", sql: "create table core.sly (id int); commit")
        try await withTestDatabase { database async throws in
            #expect(try await refusal(migrator(database, [sly]))?.code == .failed)
        }
    }

    @Test func `refuses a file that changed after it was applied`() async throws {
        let edited = Migrator.Migration(number: 1, name: "people", sql: Self.first.sql + " ")
        try await withTestDatabase { database in
            _ = try await migrator(database, [Self.first]).migrate()
            let error = try await refusal(migrator(database, [edited, Self.second]))
            #expect(error?.code == .changed)
            #expect(error?.reason == "Migration 1 (people) was changed after it had been applied.")
            guard case .changed = try await migrator(database, [edited]).status().first?.state else {
                Issue.record("the status does not tell")
                return
            }
        }
    }

    @Test func `refuses a database that is newer than the program`() async throws {
        try await withTestDatabase { database in
            _ = try await migrator(database, [Self.first, Self.second]).migrate()
            #expect(try await refusal(migrator(database, [Self.first]))?.code == .missing)
            guard case .unknown = try await migrator(database, [Self.first]).status().last?.state else {
                Issue.record("the status does not tell")
                return
            }
        }
    }

    @Test func `refuses gaps and doubles`() async throws {
        let third = Migrator.Migration(number: 3, name: "third", sql: "select 1")
        try await withTestDatabase { database in
            _ = try await migrator(database, [Self.first, third]).migrate()
            #expect(try await refusal(migrator(database, [Self.first, Self.second, third]))?.code == .disordered)
            #expect(try await refusal(migrator(database, [Self.first, Self.first, third]))?.code == .disordered)
        }
    }

    @Test func `several at once apply each migration once`() async throws {
        let slow = Migrator.Migration(
            number: 1, name: "slow", sql: "create table core.once (id int); select pg_sleep(0.2)")
        try await withTestDatabase { database in
            let migrator = migrator(database, [slow, Self.first.renumbered(2)])
            let applied = try await withThrowingTaskGroup(of: Int.self) { group in
                for _ in 0..<3 { group.addTask { try await migrator.migrate().count } }
                return try await group.reduce(into: []) { $0.append($1) }
            }
            #expect(applied.sorted() == [0, 0, 2])
        }
    }

    @Test func `what it creates belongs to the role it takes`() async throws {
        try await withTestDatabase { database in
            let role = "owner_of_\(database.name)"
            try await database.run("create role \(role); grant create on database \(database.name) to \(role)")
            _ = try await migrator(database, [Self.first], role: role).migrate()
            try await database.withClient { client async throws in
                let owner = Statement(
                    "owner", "select tableowner::text as owner from pg_tables where tablename = 'person'")
                #expect(try await client.query(owner).first?.text("owner") == role)
            }
            try await database.run("drop owned by \(role); drop role \(role)")
        }
    }
}

extension Migrator.Migration {
    fileprivate func renumbered(_ number: Int) -> Self { Self(number: number, name: name, sql: sql) }
}

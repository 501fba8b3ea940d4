// SPDX-License-Identifier: Apache-2.0
import Foundation
import MFACoreStore
import Postgres
import TestKit
import Testing

struct MigrationsTests {
    @Test func `the list is the folder`() throws {
        let folder = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent().deletingLastPathComponent()
            .appendingPathComponent("Services/MFACore/Store/Migrations/SQL")
        let files = try FileManager.default.contentsOfDirectory(atPath: folder.path).sorted()
        try #require(!files.isEmpty)
        let listed = Migrations.all.map { migration in
            let number = String(migration.number)
            return "V" + String(repeating: "0", count: 4 - number.count) + number + "__\(migration.name).sql"
        }
        #expect(listed == files)
        for (migration, file) in zip(Migrations.all, files) {
            let text = try String(contentsOf: folder.appendingPathComponent(file), encoding: .utf8)
            #expect(migration.sql == text, "\(file)")
        }
    }

    @Test func `everything is applied, by the owner, and a second run finds nothing to do`() async throws {
        try await withCoreDatabase { core in
            let migrator = Migrator(
                configuration: core.configuration(.migrate), migrations: Migrations.all, role: CoreDatabase.ownerName,
                logger: .silent)
            #expect(try await migrator.migrate() == [])
            let states = try await migrator.status()
            #expect(states.map(\.number) == Migrations.all.map(\.number))
            for status in states {
                guard case .applied = status.state else {
                    Issue.record("\(status.name) is \(status.state)")
                    continue
                }
            }
            let owners = Statement(
                "test.owners",
                """
                select count(*) as foreign_count from pg_class c join pg_namespace n on n.oid = c.relnamespace
                where n.nspname in ('core', 'sdk', 'portal') and c.relowner <> $1::regrole
                """)
            try await core.database.withClient { client in
                let row = try #require(try await client.query(owners, [.text(CoreDatabase.ownerName)]).first)
                #expect(try row.integer("foreign_count") == 0)
            }
        }
    }

    @Test func `every statement has its own name, can be prepared, and is within mfa-core's rights`() async throws {
        let statements = CoreStatements.all
        try #require(statements.count > 40)
        #expect(Set(statements.map(\.name)).count == statements.count)
        try await withCoreDatabase { core in
            try await PlainSession.open(core.configuration(.core)) { session in
                for statement in statements {
                    #expect(statement.name.utf8.count <= 63, "\(statement.name)")
                    do {
                        try Self.explain(statement, session)
                    } catch {
                        Issue.record("\(statement.name): \(error)")
                    }
                }
            }
        }
    }

    // R99
    @Test(arguments: [
        (CoreDatabase.Role.signer, CoreStatements.signer), (.auditor, CoreStatements.auditor),
    ])
    func `every statement of a reader of the audit is within that role's rights`(
        role: CoreDatabase.Role, statements: [Statement]
    ) async throws {
        try await withCoreDatabase { core in
            try await PlainSession.open(core.configuration(role)) { session in
                for statement in statements {
                    do {
                        try Self.explain(statement, session)
                    } catch {
                        Issue.record("\(statement.name): \(error)")
                    }
                }
            }
        }
    }

    /// Planning checks names and types, and explaining checks rights too, without running anything.
    private static func explain(_ statement: Statement, _ session: PlainSession) throws {
        try session.run("prepare \"\(statement.name)\" as \(statement.sql)")
        let row = try session.run(
            Statement(
                "test.parameters",
                "select coalesce(array_length(parameter_types, 1), 0) as count from pg_prepared_statements where name = $1"
            ),
            [.text(statement.name)]
        ).first
        let count = Int(try row?.integer("count") ?? 0)
        let values = Array(repeating: "null", count: count).joined(separator: ", ")
        try session.run("explain execute \"\(statement.name)\"" + (count > 0 ? "(\(values))" : ""))
    }
}

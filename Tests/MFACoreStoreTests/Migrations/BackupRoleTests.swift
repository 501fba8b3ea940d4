// SPDX-License-Identifier: Apache-2.0
import Postgres
import TestKit
import Testing

/// R99: what the role for backups may read is enough for PostgreSQL's own programs, as docs/operating/backup.md has them.
@Suite(.timeLimit(.minutes(3)))
struct BackupRoleTests {
    /// What no backup holds.
    private static let leftOut = ["core.idempotency", "core.schema_migration", "portal.session"]

    @Test func `a dump by that role brings everything back into an empty database`() async throws {
        try await withCoreDatabase { before in
            // A month that nobody thought of when the rights were given.
            try await before.database.run("select core.audit_partition_ensure(date '2031-05-01')")
            try await before.database.run(
                """
                insert into core.audit_event (at, event, outcome, front_end, actor)
                values ('2031-05-06T00:00:00Z', 'later', 'done', 'cli', 'tests')
                """)
            _ = try await before.withCopy { copy in
                let token = try await before.makeToken("Zoë", by: copy)
                return try await copy.check(token, token.passcode(counter: 0))
            }
            try await TemporaryFolder.with { folder in
                let dump = folder.file("countersign.dump")
                try await before.dump(to: dump)
                try await withCoreDatabase(isActivated: false) { after in
                    try await after.restore(from: dump)
                    try await expectSame(before, after)
                }
            }
        }
    }

    private func expectSame(_ before: CoreDatabase, _ after: CoreDatabase) async throws {
        let (kept, restored) = (try await Self.contents(before), try await Self.contents(after))
        #expect(kept == restored)
        #expect(kept["core.factor"]?.count == 1 && kept["core.sign_in"]?.count == 1)
        #expect(kept["core.audit_event"]?.contains { $0.contains("later") } == true)
        // Counting goes on where it was.
        let event = #"[{"event": "e", "outcome": "o", "front_end": "f", "actor": "a"}]"#
        try await after.database.run("select core.audit_append('\(event)')")
        #expect(try await after.number("select count(*) - count(distinct id) as n from core.audit_event") == 0)
    }

    /// Every row, in an order that does not depend on where it lies.
    private static func contents(_ core: CoreDatabase) async throws -> [String: [String]] {
        let tables = try await core.rows(
            """
            select n.nspname || '.' || c.relname as name, format('%I.%I', n.nspname, c.relname) as quoted
            from pg_class c join pg_namespace n on n.oid = c.relnamespace
            where n.nspname in ('core', 'sdk', 'portal') and c.relkind in ('r', 'p') and not c.relispartition
            """)
        var contents: [String: [String]] = [:]
        for table in tables {
            let name = try table.text("name")
            if leftOut.contains(name) { continue }
            let rows = try await core.rows("select t::text as row from \(try table.text("quoted")) t order by 1")
            contents[name] = try rows.map { try $0.text("row") }
        }
        return contents
    }
}

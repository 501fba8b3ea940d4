// SPDX-License-Identifier: Apache-2.0
import MFACoreStore
import Postgres
import TestKit
import Testing

/// R85: no row is lost, and no sign-in refused, for the lack of a partition.
@Suite(.timeLimit(.minutes(3)))
struct AuditPartitionsTests {
    private static let names = """
        select inhrelid::regclass::text as name from pg_inherits where inhparent = 'core.audit_event'::regclass order by 1
        """
    private static let expected = """
        select 'core.audit_event_' || to_char(date_trunc('month', now() at time zone 'UTC') + n * interval '1 month', 'YYYYMM')
            as name from generate_series(0, 3) n union all select 'core.audit_event_default' order by 1
        """

    private func names(_ sql: String, _ core: CoreDatabase) async throws -> [String] {
        try await core.rows(sql).map { try $0.text("name") }
    }

    @Test func `this month and the next three have one, by migration and by whoever migrates again`() async throws {
        try await withCoreDatabase { core in
            #expect(try await names(Self.names, core) == names(Self.expected, core))
            try await core.database.run(
                """
                do $$ begin execute 'drop table core.audit_event_' || to_char(now() + interval '2 months', 'YYYYMM'); end $$
                """)
            #expect(try await names(Self.names, core).count == 4)
            try await AuditPartitions.makeAhead(core.configuration(.migrate), owner: CoreDatabase.ownerName)
            #expect(try await names(Self.names, core) == names(Self.expected, core))
        }
    }

    // Each has the triggers and indices of the others.
    @Test func `a partition that was attached is as good as one that was made with the table`() async throws {
        try await withCoreDatabase { core in
            let parts = """
                select c.relname as name,
                    (select count(*) from pg_trigger t where t.tgrelid = c.oid and not t.tgisinternal) as triggers,
                    (select count(*) from pg_index i where i.indrelid = c.oid and i.indisvalid) as indices,
                    (select count(*) from pg_attribute a where a.attrelid = c.oid and a.attnum > 0 and a.attnotnull
                        or a.attrelid = c.oid and a.atthasdef) as constrained
                from pg_class c join pg_inherits h on h.inhrelid = c.oid
                where h.inhparent = 'core.audit_event'::regclass
                """
            let rows = try await core.rows(parts)
            #expect(rows.count == 5)
            for column in ["triggers", "indices", "constrained"] {
                let counts = Set(try rows.map { try $0.integer(column) })
                #expect(counts.count == 1 && (counts.first ?? 0) > 0, "\(column): \(counts)")
            }
        }
    }

    @Test func `a row whose month has none is kept, and that month makes do without`() async throws {
        try await withCoreDatabase { core in
            try await core.database.run(
                """
                insert into core.audit_event (at, event, outcome, front_end, actor)
                values ('2031-05-06T00:00:00Z', 'later', 'done', 'cli', 'tests')
                """)
            let made = try await core.rows("select core.audit_partition_ensure(date '2031-05-01') as made").first
            #expect(try made?.boolean("made") == false)
            #expect(try await core.number("select count(*) as n from core.audit_event where event = 'later'") == 1)
        }
    }

    // A backup holds its locks for as long as it takes.
    @Test func `one that cannot be made at once is made later, and nobody waits`() async throws {
        try await withCoreDatabase { core in
            let make = Statement("test.make", "select core.audit_partition_ensure(date '2031-05-01') as made")
            let count = Statement("test.count", "select count(*) as n from core.audit_event")
            try await core.withClient { client in
                try await core.withClient { backup in
                    try await backup.withTransaction(deadline: .seconds(60)) { transaction in
                        _ = try await transaction.query(count)
                        #expect(try await client.execute(make).first?.boolean("made") == false)
                        try await core.addAuditRows(1)
                    }
                }
                #expect(try await client.execute(make).first?.boolean("made") == true)
            }
        }
    }
}

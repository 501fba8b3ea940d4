// SPDX-License-Identifier: Apache-2.0
import Foundation
import MFACoreStore
import Postgres
import TestKit
import Testing

/// R86: what writes the chain every second, what walks along it, and what people ask of the audit reads by an index at 50
/// million rows, and only the months that it needs.
///
/// The rows are some thousands, and the planner is told that there are so many: that is what it plans by.
@Suite(.timeLimit(.minutes(3)))
struct AuditPlanTests {
    private static let months = ["audit_event_202501", "audit_event_202502", "audit_event_202503"]
    /// Other partitions are empty, and read as a whole for that reason.
    private static let large = months + ["audit_link", "audit_checkpoint"]

    private static let rows = """
        select core.audit_partition_ensure(('2025-0' || n || '-01')::date) from generate_series(1, 3) n;
        insert into core.audit_event (at, event, outcome, front_end, actor, user_id, sign_in_id)
        select timestamptz '2025-01-01T00:00:00Z' + n * interval '190 seconds',
            case when n % 5000 = 0 then 'user.blocked' when n % 10 = 0 then 'otp.wrong_code' else 'otp.ok' end,
            'approved', 'sdk', 'vpn', md5((n % 1000)::text)::uuid, md5('sign-in ' || n)::uuid
        from generate_series(1, 40000) n;
        insert into core.audit_link (seq, audit_id, hash, xid, at)
        select row_number() over (order by xid, id), id, '\\x00', xid, at from core.audit_event;
        insert into core.audit_checkpoint (seq, hash, key_name, signature)
        select seq, hash, 'key', '\\x00' from core.audit_link;
        """

    /// Statistics of so many rows, which nobody takes anew meanwhile.
    private static var statistics: String {
        let quiet = large.map { "alter table core.\($0) set (autovacuum_enabled = off);" }.joined(separator: "\n")
        let names = months.map { "'core.\($0)'::regclass" }.joined(separator: ", ")
        return """
            \(quiet)
            analyze core.audit_event; analyze core.audit_link; analyze core.audit_checkpoint;
            update pg_class set reltuples = 16700000 where oid in (\(names));
            update pg_class set reltuples = 50000000 where oid = 'core.audit_link'::regclass;
            update pg_class set reltuples = 500000 where oid = 'core.audit_checkpoint'::regclass;
            """
    }

    private func withManyRows(_ body: (CoreDatabase) async throws -> Void) async throws {
        try await withCoreDatabase { core in
            try await core.bend(Self.rows)
            try await core.database.run(Self.statistics)
            // Otherwise the rest would tell nothing.
            let believed = try await core.rows("explain select seq from core.audit_link").first?.text("QUERY PLAN")
            #expect(believed?.contains("rows=50000000 ") == true, "\(believed ?? "")")
            try await body(core)
        }
    }

    private func plan(
        of name: String, _ values: [String], mode: String, _ core: CoreDatabase
    ) async throws -> [String] {
        let statement = try #require(CoreStatements.all.first { $0.name == name }, "\(name)")
        let given = values.isEmpty ? "" : "(\(values.joined(separator: ", ")))"
        return try await PlainSession.open(core.superuser) { session in
            _ = try session.run("set plan_cache_mode = \(mode); prepare asked as \(statement.sql)")
            return try session.run("explain execute asked\(given)").map { try $0.text("QUERY PLAN") }
        }
    }

    private func expectNoWholeTable(_ plan: [String], _ what: String) {
        #expect(!plan.isEmpty, "\(what)")
        for table in Self.large {
            let scans = plan.filter { $0.contains("Seq Scan on \(table) ") }
            #expect(scans.isEmpty, "\(what): \(plan.joined(separator: "\n"))")
        }
    }

    /// The statements that are planned once for all values, with how many parameters they have.
    private static let planned = [
        "audit.chain_head": 0, "audit.unchained": 2, "audit.chain_backlog": 0, "audit.links_after": 1,
        "audit.rows_after": 6, "audit.checkpoint_last": 0, "audit.checkpoints_after": 1, "audit.link_hashes": 1,
        "audit.row_time": 1, "audit.show": 1, "audit.cut_last": 0, "forwarding.page": 1, "forwarding.lag": 1,
    ]

    @Test func `no statement of the chain, and none for one row, reads a whole table`() async throws {
        try await withManyRows { core in
            for (name, count) in Self.planned {
                let plan = try await plan(
                    of: name, Array(repeating: "null", count: count), mode: "force_generic_plan", core)
                expectNoWholeTable(plan, name)
            }
        }
    }

    /// The filters of ``AuditStatements`` `list`, by their place.
    private enum Place: Int {
        case before = 0, limit, user, event, outcome, reason, application, actor, frontEnd, signIn, since, until
    }

    private func list(_ given: [Place: String], _ core: CoreDatabase) async throws -> [String] {
        var values = Array(repeating: "null", count: Place.until.rawValue + 1)
        values[Place.limit.rawValue] = "51"
        for (place, value) in given { values[place.rawValue] = value }
        return try await plan(of: "audit.list", values, mode: "force_custom_plan", core)
    }

    /// The indices by which a month is read, without the month's name.
    private func indices(_ plan: [String], of month: String) -> Set<String> {
        guard let expression = try? Regex("(?:using|Index Scan on) \(month)_([a-z_]+)") else { return [] }
        var found: Set<String> = []
        for line in plan {
            for match in line.matches(of: expression) { found.insert(String(match.output[1].substring ?? "")) }
        }
        return found
    }

    @Test func `a page of the list costs its own rows, whatever is asked for`() async throws {
        try await withManyRows { core in
            let (user, signIn) = ("md5('7')::uuid", "md5('sign-in 7')::uuid")
            for (given, index) in [
                ([:], "pkey"), ([.before: "30000"], "pkey"), ([.user: user], "user_id_id_idx"),
                ([.user: user, .before: "30000"], "user_id_id_idx"), ([.event: "'user.blocked'"], "event_id_idx"),
                ([.event: "'user.blocked'", .before: "30000"], "event_id_idx"),
                ([.signIn: signIn], "sign_in_id_id_idx"),
            ] as [([Place: String], String)] {
                let plan = try await list(given, core)
                expectNoWholeTable(plan, "\(given)")
                for month in Self.months {
                    #expect(indices(plan, of: month) == [index], "\(given): \(plan.joined(separator: "\n"))")
                }
                // Where a page begins is looked up, and not counted off.
                guard given[.before] != nil else { continue }
                let conditions = plan.filter { $0.contains("Index Cond:") && $0.contains("id < '30000'::bigint") }
                #expect(conditions.count >= Self.months.count, "\(plan.joined(separator: "\n"))")
            }
        }
    }

    @Test func `what is asked of a time reads that time's month alone`() async throws {
        try await withManyRows { core in
            let times: [Place: String] = [.since: "'2025-02-10T00:00:00Z'", .until: "'2025-02-10T01:00:00Z'"]
            for more in [[:], [.user: "md5('7')::uuid"], [.before: "30000"]] as [[Place: String]] {
                let plan = try await list(times.merging(more) { first, _ in first }, core)
                expectNoWholeTable(plan, "\(more)")
                let read = plan.joined(separator: "\n")
                #expect(!indices(plan, of: "audit_event_202502").isEmpty, "\(read)")
                #expect(!read.contains("audit_event_202501") && !read.contains("audit_event_202503"), "\(read)")
            }
        }
    }

    // A link leads to its row's partition, and no other is opened.
    @Test func `the walk along the chain looks for a row in its own month`() async throws {
        try await withManyRows { core in
            let statement = try #require(CoreStatements.all.first { $0.name == "audit.links_after" })
            let plan = try await PlainSession.open(core.superuser) { session in
                _ = try session.run("set plan_cache_mode = force_generic_plan; prepare asked as \(statement.sql)")
                return try session.run("explain (analyze, costs off, timing off) execute asked(1)").map {
                    try $0.text("QUERY PLAN")
                }
            }
            // The first page lies in January, but for the first link, which is the activation's.
            for line in plan where line.contains(" using audit_event_") {
                let isJanuary = line.contains(" using audit_event_202501_")
                #expect(line.contains("never executed") != isJanuary, "\(plan.joined(separator: "\n"))")
            }
            #expect(plan.contains { $0.contains(" using audit_event_202501_") && !$0.contains("never executed") })
        }
    }
}

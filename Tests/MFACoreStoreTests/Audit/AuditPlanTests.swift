// SPDX-License-Identifier: Apache-2.0
import Foundation
import MFACoreStore
import Postgres
import TestKit
import Testing

/// R86: what writes the chain every second, and what walks along it, reads by an index however many rows there are.
@Suite(.timeLimit(.minutes(3)))
struct AuditPlanTests {
    /// The statements with how many parameters they have.
    private static let statements = [
        "audit.chain_head": 0, "audit.unchained": 2, "audit.chain_backlog": 0, "audit.links_after": 1,
        "audit.rows_after": 5, "audit.checkpoint_last": 0, "audit.checkpoints_after": 1, "audit.link_hashes": 1,
        "forwarding.page": 1, "forwarding.lag": 1,
    ]

    private static let rows = """
        insert into core.audit_event (event, outcome, front_end, actor)
        select 'otp.ok', 'approved', 'sdk', 'vpn' from generate_series(1, 20000);
        insert into core.audit_link (seq, audit_id, hash, xid, at)
        select row_number() over (order by xid, id), id, '\\x00', xid, at from core.audit_event;
        insert into core.audit_checkpoint (seq, hash, key_name, signature)
        select seq, hash, 'key', '\\x00' from core.audit_link;
        analyze core.audit_event; analyze core.audit_link; analyze core.audit_checkpoint;
        """

    @Test func `no statement of the chain reads a whole table`() async throws {
        try await withCoreDatabase { core in
            try await core.bend(Self.rows)
            let month = try await core.rows("select to_char(now(), 'YYYYMM') as month").first?.text("month") ?? ""
            // Partitions of other months are empty, and read as a whole for that reason.
            let large = ["audit_event_\(month)", "audit_link", "audit_checkpoint"]
            for (name, count) in Self.statements {
                let statement = try #require(CoreStatements.all.first { $0.name == name }, "\(name)")
                let values = count == 0 ? "" : "(\(Array(repeating: "null", count: count).joined(separator: ", ")))"
                let plan = try await PlainSession.open(core.superuser) { session in
                    _ = try session.run(
                        "set plan_cache_mode = force_generic_plan; prepare chain as \(statement.sql)")
                    return try session.run("explain execute chain\(values)").map { try $0.text("QUERY PLAN") }
                }
                #expect(!plan.isEmpty)
                for table in large {
                    let scans = plan.filter { $0.contains("Seq Scan on \(table) ") }
                    #expect(scans.isEmpty, "\(name): \(scans)")
                }
            }
        }
    }
}

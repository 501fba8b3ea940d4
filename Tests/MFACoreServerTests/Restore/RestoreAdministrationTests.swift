// SPDX-License-Identifier: Apache-2.0
import MFACoreServer
import MFACoreStore
import MFADomain
import Postgres
import TestKit
import Testing

/// R91: an export of the audit tells what a restored database has forgotten, and `audit verify` that it was restored.
@Suite(.timeLimit(.minutes(3)))
struct RestoreAdministrationTests {
    private static let acts = """
        insert into core."user" (id, username, canonical_name)
            values ('0190d6a4-0000-7000-8000-000000000001', 'Alice', 'alice');
        select core.audit_append('[
            {"event": "user.blocked", "outcome": "done", "front_end": "cli", "actor": "cli:root",
             "user_id": "0190d6a4-0000-7000-8000-000000000001", "detail": {"reason": "phone stolen", "changes": [1]}},
            {"event": "otp.ok", "outcome": "approved", "front_end": "sdk", "actor": "vpn",
             "user_id": "0190d6a4-0000-7000-8000-000000000001"},
            {"event": "factor.removed", "outcome": "done", "front_end": "cli", "actor": "cli:root",
             "user_id": "0190d6a4-0000-7000-8000-000000000001",
             "factor_id": "0190d6a4-0000-7000-8000-000000000002"}]')
        """

    @Test func `what was taken away after the backup is listed, and nothing else`() async throws {
        try await CommandSite.with { site, database async throws in
            try await database.database.run(Self.acts)
            let file = "\(site.folder)/audit.jsonl"
            try await database.withClient { client in
                try await eventually("everything is chained") {
                    _ = try await PostgresAuditChain(client: client).run()
                    return try await AuditVerification.verify(site.options).report.json?["links"]?.integer == 4
                }
            }
            _ = try await AuditExporting.export(to: file, site.options)
            let none = try await RestoreAdministration.lost(file: file, site.options)
            #expect(none.json?["items"]?.items.isEmpty == true)
            #expect(none.rendered(asJSON: false).contains("knows all"))
            // As a backup from before has it.
            try await database.database.run(
                """
                set session_replication_role = replica;
                delete from core.audit_event where event in ('user.blocked', 'otp.ok')
                """)
            let lost = try await RestoreAdministration.lost(file: file, site.options)
            let items = try #require(lost.json?["items"]?.items)
            #expect(items.map { $0["event"]?.text } == ["user.blocked"])
            #expect(items.first?["user"]?.text == "Alice" && items.first?["actor"]?.text == "cli:root")
            #expect(items.first?["detail"]?.keys == ["reason"])
            #expect(lost.rendered(asJSON: false).contains("phone stolen"))
            try Workshop.write("hello\n", to: "\(site.folder)/none.jsonl")
            #expect(
                await status { try await RestoreAdministration.lost(file: "\(site.folder)/none.jsonl", site.options) }
                    == 1)
        }
    }

    @Test func `audit verify tells when a restore was declared`() async throws {
        try await CommandSite.with { site, database async throws in
            let before = try await AuditVerification.verify(site.options)
            #expect(before.report.json?["restoredAt"] == nil)
            let raised = try await database.withClient { client in
                try await RestoreFence(client: client, windows: OneTimePasswordWindows(), instance: "tests")
                    .raise(beyond: nil, sign: nil)
            }
            #expect(raised.seen.epoch == 1)
            let after = try await AuditVerification.verify(site.options)
            #expect(after.report.json?["restoredAt"]?.text != nil)
            #expect(after.report.rendered(asJSON: false).contains("This database was restored at "))
        }
    }
}

// SPDX-License-Identifier: Apache-2.0
import MFACoreServer
import MFACoreStore
import TestKit
import Testing

/// R86: what `audit verify` says, and how it ends.
struct AuditVerificationTests {
    @Test func `a whole audit is told as such, and a bent one by its first bad row`() async throws {
        try await CommandSite.with { site, database async throws in
            try await database.withClient { client in
                try await eventually("the activation is chained") {
                    _ = try await PostgresAuditChain(client: client).run()
                    return try await AuditVerification.verify(site.options).report.json?["links"]?.integer == 1
                }
            }
            let whole = try await AuditVerification.verify(site.options)
            #expect(whole.isSound && whole.report.json?["sound"]?.boolean == true)
            #expect(whole.report.rendered(asJSON: false).contains("The audit is whole: 1 rows"))
            try await database.database.run(
                "set session_replication_role = replica; update core.audit_event set actor = 'somebody else'")
            let bent = try await AuditVerification.verify(site.options)
            #expect(!bent.isSound)
            #expect(bent.report.json?["fault"]?["kind"]?.text == "changed")
            #expect(bent.report.json?["fault"]?["link"]?.integer == 1)
            let text = bent.report.rendered(asJSON: false)
            #expect(text.hasPrefix("The audit is not whole. Row "), "\(text)")
            #expect(text.contains("Keep what there is as it is, and compare it with a backup"), "\(text)")
            #expect(bent.report.json?["fault"]?["advice"]?.text?.hasPrefix("Keep what there is") == true)
        }
    }

    @Test func `a chain that is cut in the middle is told by its gap, and what to do`() async throws {
        try await CommandSite.with { site, database async throws in
            try await database.database.run(
                """
                select core.audit_append(jsonb_agg(jsonb_build_object(
                    'event', 'E' || n, 'outcome', 'done', 'front_end', 'cli', 'actor', 'tests')))
                from generate_series(1, 4) as n
                """)
            try await database.withClient { client in
                try await eventually("five rows are chained") {
                    _ = try await PostgresAuditChain(client: client).run()
                    return try await AuditVerification.verify(site.options).report.json?["links"]?.integer == 5
                }
            }
            try await database.database.run(
                """
                set session_replication_role = replica;
                delete from core.audit_event where id in (select audit_id from core.audit_link where seq in (3, 4));
                delete from core.audit_link where seq in (3, 4)
                """)
            let cut = try await AuditVerification.verify(site.options)
            let text = cut.report.rendered(asJSON: false)
            #expect(!cut.isSound && cut.report.json?["fault"]?["kind"]?.text == "cut")
            #expect(cut.report.json?["fault"]?["link"]?.integer == 5 && cut.report.json?["links"]?.integer == 2)
            #expect(text.hasPrefix("The audit is not whole. Links 3 to 4 are missing before row "), "\(text)")
            #expect(text.contains("keep it as it is, and look for what is missing in a backup or an export."))
        }
    }
}

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
            #expect(bent.report.rendered(asJSON: false).hasPrefix("The audit is not whole. Row "))
        }
    }
}

// SPDX-License-Identifier: Apache-2.0
import MFACoreServer
import MFACoreStore
import Primitives
import TestKit
import Testing

/// R86: `audit retention` as a command, and what `audit verify` says afterwards.
@Suite(.timeLimit(.minutes(3)))
struct AuditRetentionTests {
    private static let now = Instant("2025-03-05T00:00:00Z") ?? Instant(seconds: 0)

    /// A signed chain of one link, whose row is of January 2025.
    private func withSigned(
        _ body: (CommandSite, CoreDatabase, AuditRetention.Order, _ publicKey: String) async throws -> Void
    ) async throws {
        try await CommandSite.with { site, database async throws in
            let (key, open) = ("\(site.folder)/signer.pem", "\(site.folder)/public.pem")
            _ = try AuditSigning.makeKey(key, publicPath: open)
            try await database.database.run(
                """
                select core.audit_partition_ensure(date '2025-01-01');
                set session_replication_role = replica; update core.audit_event set at = '2025-01-10T00:00:00Z'
                """)
            try await database.withClient { client in
                try await eventually("the activation is chained") {
                    _ = try await PostgresAuditChain(client: client).run()
                    return try await AuditVerification.verify(site.options).report.json?["links"]?.integer == 1
                }
            }
            let file = "\(site.folder)/checkpoints.jsonl"
            let signedAt = try #require(Instant("2025-01-20T00:00:00Z"))
            let signed = try await database.withClient(.signer) {
                try await PostgresCheckpoints(client: $0).sign(
                    with: try CheckpointKeyFile.load(key), at: signedAt, known: nil)
            }
            try CheckpointFile(path: file).append(try #require(signed))
            try await body(site, database, AuditRetention.Order(key: key, checkpoints: file), open)
        }
    }

    @Test func `nothing is dropped unless somebody says how much is kept`() async throws {
        try await withSigned { site, database, order, _ in
            let options = try site.options(of: .signer, to: database)
            let off = try await AuditRetention.cutOff(order, options, now: Self.now)
            #expect(off.rendered(asJSON: false).contains("audit.retentionMonths is 0"))
            #expect(off.json?["rows"]?.integer == 0)
            var kept = order
            kept.months = 12
            let young = try await AuditRetention.cutOff(kept, options, now: Self.now)
            #expect(young.rendered(asJSON: false).hasPrefix("Nothing is older than 2024-03-01"))
            kept.months = 1201
            #expect(await status { try await AuditRetention.cutOff(kept, options, now: Self.now) } == 2)
        }
    }

    @Test func `what is old goes when somebody agrees, and who verifies hears where the chain begins`() async throws {
        try await withSigned { site, database, order, publicKey in
            var order = order
            order.months = 1
            let options = try site.options(of: .signer, to: database)
            // R99: the service's own role has no right to it.
            #expect(await status { try await AuditRetention.cutOff(order, site.options, now: Self.now) } == 1)
            let refused = await fault {
                try await AuditRetention.cutOff(
                    order, options, now: Self.now, confirm: { throw CommandFault.refused("No: \($0)") })
            }
            #expect(refused?.sentences.first?.contains("the last 1 whole months, for good?") == true)
            order.isTrial = true
            let tried = try await AuditRetention.cutOff(order, options, now: Self.now)
            #expect(tried.rendered(asJSON: false).contains("1 rows before 2025-02-01"))
            #expect(tried.rendered(asJSON: false).contains("Nothing was changed."))
            order.isTrial = false
            let cut = try await AuditRetention.cutOff(order, options, now: Self.now)
            #expect(cut.json?["after"]?.integer == 1 && cut.json?["rows"]?.integer == 1)
            #expect(cut.rendered(asJSON: false).contains("The chain begins behind link 1"))
            let unsigned = try await AuditVerification.verify(site.options)
            #expect(!unsigned.isSound && unsigned.report.json?["sound"]?.boolean == false)
            #expect(unsigned.report.json?["after"]?.integer == 1)
            #expect(unsigned.report.rendered(asJSON: false).contains("give --public-key"))
            var evidence = AuditVerification.Evidence()
            (evidence.publicKeys, evidence.checkpoints) = ([publicKey], order.checkpoints)
            let signed = try await AuditVerification.verify(site.options, evidence: evidence)
            #expect(signed.isSound && signed.report.json?["checkpoints"]?.integer == 1)
            #expect(signed.report.rendered(asJSON: false).contains("has signed"))
            try await database.database.run(
                "set session_replication_role = replica; update core.audit_cut set kept_from = '2025-01-01'")
            let forged = try await AuditVerification.verify(site.options, evidence: evidence)
            #expect(!forged.isSound && forged.report.json?["fault"]?["kind"]?.text == "bad_signature")
        }
    }
}

// SPDX-License-Identifier: Apache-2.0
import Foundation
import MFACoreServer
import MFACoreStore
import Postgres
import Primitives
import TestKit
import Testing

/// R86: `audit sign` and `audit verify` as commands, with files.
@Suite(.timeLimit(.minutes(3)))
struct AuditSigningTests {
    private func chain(_ links: Int, _ database: CoreDatabase, _ site: CommandSite) async throws {
        try await database.withClient { client in
            try await eventually("there are \(links) links") {
                _ = try await PostgresAuditChain(client: client).run()
                return try await AuditVerification.verify(site.options).report.json?["links"]?.integer == links
            }
        }
    }

    @Test func `the chain is signed, exported, and a cut tail is found by the export`() async throws {
        try await CommandSite.with { site, database async throws in
            let (key, open) = ("\(site.folder)/signer.pem", "\(site.folder)/public.pem")
            let export = "\(site.folder)/checkpoints.jsonl"
            _ = try AuditSigning.makeKey(key, publicPath: open)
            #expect(await status { try AuditSigning.makeKey(key, publicPath: open) } == 1)
            let options = try site.options(of: .signer, to: database)
            try await chain(1, database, site)
            let first = try await AuditSigning.sign(key: key, export: export, options)
            #expect(first.json?["seq"]?.integer == 1)
            let idle = try await AuditSigning.sign(key: key, export: export, options)
            #expect(idle.json?["signed"]?.boolean == false)
            _ = try await UserAdministration.add(
                "alice",
                .init(displayName: nil, email: nil, language: nil, preferredFactor: nil, isEnabled: nil, phones: []),
                site.options)
            try await chain(2, database, site)
            _ = try await AuditSigning.sign(key: key, export: export, options)
            var evidence = AuditVerification.Evidence()
            evidence.publicKeys = [open]
            evidence.checkpoints = export
            let whole = try await AuditVerification.verify(site.options, evidence: evidence)
            #expect(whole.isSound && whole.report.json?["checkpoints"]?.integer == 2)
            // With its checkpoint in the database, so that nothing there tells.
            try await database.database.run(
                """
                set session_replication_role = replica; delete from core.audit_checkpoint where seq > 1;
                delete from core.audit_event where id in (select audit_id from core.audit_link where seq > 1);
                delete from core.audit_link where seq > 1
                """)
            #expect(try await AuditVerification.verify(site.options).isSound)
            let cut = try await AuditVerification.verify(site.options, evidence: evidence)
            #expect(!cut.isSound && cut.report.json?["fault"]?["kind"]?.text == "tail_cut")
            let refused = await fault { try await AuditSigning.sign(key: key, export: export, options) }
            #expect(refused?.status == 1 && refused?.sentences.first?.contains("cut off") == true)
        }
    }

    // F17: the disk was full, or the folder not there, after the database had the checkpoint.
    @Test func `a checkpoint that did not get to the file is added by the next run`() async throws {
        try await CommandSite.with { site, database async throws in
            let (key, open) = ("\(site.folder)/signer.pem", "\(site.folder)/public.pem")
            _ = try AuditSigning.makeKey(key, publicPath: open)
            let options = try site.options(of: .signer, to: database)
            try await chain(1, database, site)
            let nowhere = "\(site.folder)/none/checkpoints.jsonl"
            #expect(await status { try await AuditSigning.sign(key: key, export: nowhere, options) } == 1)
            let export = "\(site.folder)/checkpoints.jsonl"
            let added = try await AuditSigning.sign(key: key, export: export, options)
            #expect(added.json?["signed"]?.boolean == false && added.json?["seq"]?.integer == 1)
            #expect(try CheckpointFile(path: export).last()?.seq == 1)
            let idle = try await AuditSigning.sign(key: key, export: export, options)
            #expect(idle.json?["seq"]?.integer == nil)
        }
    }

    // R99: neither mfa-core's role with the signer's key, nor the signer's role on anything else.
    @Test func `mfa-core's role adds no checkpoint`() async throws {
        try await CommandSite.with { site, database async throws in
            let (key, open) = ("\(site.folder)/signer.pem", "\(site.folder)/public.pem")
            _ = try AuditSigning.makeKey(key, publicPath: open)
            try await chain(1, database, site)
            #expect(await status { try await AuditSigning.sign(key: key, export: nil, site.options) } == 1)
            #expect(await status { try await AuditSigning.sign(key: open, export: nil, site.options) } == 1)
            var evidence = AuditVerification.Evidence()
            evidence.publicKeys = [key]
            #expect(await status { try await AuditVerification.verify(site.options, evidence: evidence).report } == 1)
        }
    }
}

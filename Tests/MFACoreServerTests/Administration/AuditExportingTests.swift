// SPDX-License-Identifier: Apache-2.0
import Foundation
import MFACoreServer
import MFACoreStore
import TestKit
import Testing

/// R86: `audit export` and `audit verify --file` as commands, with the signer's files.
@Suite(.timeLimit(.minutes(3)))
struct AuditExportingTests {
    private func chain(_ links: Int, _ database: CoreDatabase, _ site: CommandSite) async throws {
        try await database.withClient { client in
            try await eventually("there are \(links) links") {
                _ = try await PostgresAuditChain(client: client).run()
                return try await AuditVerification.verify(site.options).report.json?["links"]?.integer == links
            }
        }
    }

    @Test func `what is exported is verified, with what was signed before and after it`() async throws {
        try await CommandSite.with { site, database async throws in
            let (key, open) = ("\(site.folder)/signer.pem", "\(site.folder)/public.pem")
            let (export, file) = ("\(site.folder)/checkpoints.jsonl", "\(site.folder)/audit.jsonl")
            _ = try AuditSigning.makeKey(key, publicPath: open)
            let signer = try site.options(of: .signer, to: database)
            try await chain(1, database, site)
            _ = try await AuditSigning.sign(key: key, export: export, signer)
            let written = try await AuditExporting.export(to: file, site.options)
            #expect(written.json?["links"]?.integer == 1 && written.json?["checkpoints"]?.integer == 1)
            #expect(written.rendered(asJSON: false).contains("Wrote links 1 to 1 and 1 checkpoints to"))
            var evidence = AuditVerification.Evidence()
            let unsigned = try AuditVerification.verify(file: file, evidence: evidence)
            #expect(unsigned.isSound && unsigned.report.json?["checkpoints"] == nil)
            #expect(unsigned.report.rendered(asJSON: false).contains("give --public-key"))
            (evidence.publicKeys, evidence.checkpoints) = ([open], export)
            _ = try await UserAdministration.add(
                "alice",
                .init(displayName: nil, email: nil, language: nil, preferredFactor: nil, isEnabled: nil, phones: []),
                site.options)
            try await chain(2, database, site)
            _ = try await AuditSigning.sign(key: key, export: export, signer)
            let whole = try AuditVerification.verify(file: file, evidence: evidence)
            #expect(whole.isSound && whole.report.json?["checkpoints"]?.integer == 2)
            #expect(whole.report.json?["laterCheckpoints"]?.integer == 1)
            let rest = "\(site.folder)/rest.jsonl"
            let further = try await AuditExporting.export(to: rest, after: 1, site.options)
            #expect(further.json?["links"]?.integer == 2)
            let second = try AuditVerification.verify(file: rest, evidence: evidence)
            #expect(second.isSound && second.report.json?["after"]?.integer == 1)
            #expect(second.report.rendered(asJSON: false).contains("Links 1 to 1 are in another one."))
            let empty = try await AuditExporting.export(to: "\(site.folder)/empty.jsonl", after: 2, site.options)
            #expect(empty.rendered(asJSON: false).contains("Wrote no link"))
            #expect(try AuditVerification.verify(file: "\(site.folder)/empty.jsonl", evidence: evidence).isSound)
        }
    }

    @Test func `what cannot be exported leaves no file`() async throws {
        try await CommandSite.with { site, database async throws in
            try await chain(1, database, site)
            for (path, after, expected) in [
                ("\(site.folder)/a", -1, 2), ("\(site.folder)/a", 99, 1), ("\(site.folder)/none/a", 0, 1),
                (site.folder, 0, 1), ("\(site.folder)/mfa-core.yaml", 0, 1),
            ] as [(String, Int64, Int32)] {
                #expect(
                    await status { try await AuditExporting.export(to: path, after: after, site.options) } == expected,
                    "\(path)")
            }
            #expect(!FileManager.default.fileExists(atPath: "\(site.folder)/a"))
            let none = await status {
                try AuditVerification.verify(file: "\(site.folder)/none", evidence: .init()).report
            }
            #expect(none == 1)
        }
    }
}

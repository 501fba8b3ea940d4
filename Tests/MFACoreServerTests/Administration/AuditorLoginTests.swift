// SPDX-License-Identifier: Apache-2.0
import MFACoreServer
import TestKit
import Testing

/// R99: who audits with a login of their own reads the audit, all of it, and nothing else.
@Suite(.timeLimit(.minutes(3)))
struct AuditorLoginTests {
    @Test func `the auditor's login lists, shows, verifies and exports`() async throws {
        try await CommandSite.with { site, database async throws in
            let options = try site.options(of: .auditor, to: database)
            let list = try await AuditAdministration.list(AuditAdministration.Query(), options)
            #expect(list.json?["items"]?.items.map { $0["event"]?.text } == ["instance.activated"])
            let id = Int64(try #require(list.json?["items"]?.items.first?["id"]?.integer))
            let row = try await AuditAdministration.show(id, options)
            #expect(row.json?["event"]?.text == "instance.activated")
            #expect(try await AuditVerification.verify(options).isSound)
            let file = "\(site.folder)/audit.jsonl"
            _ = try await AuditExporting.export(to: file, options)
            #expect(try AuditVerification.verify(file: file).isSound)
        }
    }

    @Test func `it finds users by id only, and says so`() async throws {
        try await CommandSite.with { site, database async throws in
            let options = try site.options(of: .auditor, to: database)
            var query = AuditAdministration.Query()
            query.user = "alice"
            let refused = await fault { try await AuditAdministration.list(query, options) }
            #expect(refused?.sentences.first?.contains("give the id of “alice”") == true)
            query.user = "00000000-0000-0000-0000-000000000001"
            #expect(try await AuditAdministration.list(query, options).json?["items"]?.items == [])
        }
    }

    @Test func `it neither sees nor changes anybody`() async throws {
        try await CommandSite.with { site, database async throws in
            let nothing = UserAdministration.Fields(
                displayName: nil, email: nil, language: nil, preferredFactor: nil, isEnabled: nil, phones: [])
            _ = try await UserAdministration.add("alice", nothing, site.options)
            let options = try site.options(of: .auditor, to: database)
            #expect(await status { try await UserAdministration.show("alice", options) } == 1)
            #expect(await status { try await UserAdministration.block("alice", reason: "none", options) } == 1)
            let alice = try await UserAdministration.show("alice", site.options)
            #expect(alice.json?["username"]?.text == "alice" && alice.json?["blocked"]?.boolean == false)
        }
    }
}

// SPDX-License-Identifier: Apache-2.0
import Foundation
import MFACoreStore
import TestKit
import Testing

/// R86: `audit export` and `audit verify --file` as programs.
@Suite(.timeLimit(.minutes(3)))
struct AuditExportCommandTests {
    @Test func `an export is checked by another machine, which has neither database nor configuration`() async throws {
        try await withCoreDatabase { core in
            try await TemporaryFolder.with { folder in
                let program = try CoreProgram(core, in: folder)
                let file = folder.file("audit.jsonl")
                try await core.addAuditRows(3)
                try await core.withClient { try await core.chainAudit(PostgresAuditChain(client: $0)) }
                let exported = try await program.run("audit", "export", "--out", file, "--json")
                #expect(exported.status == 0, "\(exported.errors)")
                #expect(try exported.document()["links"] as? Int == 4)
                #expect(try folder.mode(of: "audit.jsonl") == 0o600)
                func verify(_ more: String...) async throws -> CoreProgram.Outcome {
                    try await RunningProgram(
                        try Workshop.program("mfa-core"), ["audit", "verify", "--file", file] + more
                    ).outcome()
                }
                let whole = try await verify()
                #expect(whole.status == 0 && whole.output.contains("The export is whole: links 1 to 4."))
                // Nothing is written over.
                let again = try await program.run("audit", "export", "--out", file)
                #expect(again.status == 1 && again.errors.contains("exists"))
                let text = try String(contentsOfFile: file, encoding: .utf8)
                _ = try folder.write("audit.jsonl", text.replacing(#""event":"E2""#, with: #""event":"E9""#))
                let bent = try await verify("--json")
                #expect(bent.status == 1)
                #expect((try bent.document()["fault"] as? [String: Any])?["kind"] as? String == "changed")
                #expect(try await verify("--checkpoints", file).status == 2)
                #expect(try await program.run("audit", "export").status == 2)
                #expect(
                    try await program.run("audit", "export", "--out", folder.file("b"), "--after", "-1").status == 2)
            }
        }
    }
}

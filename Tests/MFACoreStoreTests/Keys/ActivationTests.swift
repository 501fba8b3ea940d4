// SPDX-License-Identifier: Apache-2.0
import Foundation
import MFACoreStore
import Primitives
import TestKit
import Testing

/// `mfa-core activate` as a program: resumable, safe twice at once, refused with the wrong key.
struct ActivationTests {
    private func withProgram(
        isActivated: Bool = false, _ body: (CoreProgram, CoreDatabase) async throws -> Void
    ) async throws {
        try await withCoreDatabase(isActivated: isActivated) { core in
            try await TemporaryFolder.with { folder in try await body(try CoreProgram(core, in: folder), core) }
        }
    }

    @Test func `activates once and says so afterwards`() async throws {
        try await withProgram { program, _ in
            let first = try await program.run("activate", "--json")
            #expect(first.status == 0, "\(first.errors)")
            #expect(try first.document()["state"] as? String == "activated")
            #expect(try program.folder.mode(of: "master.key") == 0o400)
            let second = try await program.run("activate", "--json")
            #expect(second.status == 0)
            #expect(try second.document()["state"] as? String == "already-activated")
            #expect(try second.document()["instance"] as? String == first.document()["instance"] as? String)
        }
    }

    @Test func `of two at once one activates and both succeed`() async throws {
        try await withProgram { program, _ in
            let processes = try (0..<3).map { _ in try program.start(["activate", "--json"]) }
            var states: [String] = []
            for process in processes {
                let outcome = try await process.outcome()
                #expect(outcome.status == 0, "\(outcome.errors)")
                states.append(try outcome.document()["state"] as? String ?? "")
            }
            #expect(states.sorted() == ["activated", "already-activated", "already-activated"])
            #expect(try program.folder.names().filter { $0.hasPrefix("master") } == ["master.key"])
        }
    }

    /// What a process leaves that is killed between its two steps.
    @Test func `uses a key file that no database knows yet`() async throws {
        try await withProgram { program, core in
            let left = try MasterKeyFile(path: program.keyFile).loadOrCreate(random: SystemRandomSource()).key
            let outcome = try await program.run("activate", "--json")
            #expect(outcome.status == 0, "\(outcome.errors)")
            #expect(try outcome.document()["state"] as? String == "activated")
            try await core.withClient { _ = try await PostgresKeyStore(client: $0).load(left) }
        }
    }

    @Test func `killed at any moment it resumes when run again`() async throws {
        let rounds = ProcessInfo.processInfo.environment["ROUNDS"].flatMap(Int.init) ?? 5
        for round in 0..<rounds {
            try await withProgram { program, core in
                let process = try program.start(["activate"])
                try await Task.sleep(for: .milliseconds(10 + 160 * round / rounds))
                process.kill()
                _ = try await process.outcome()
                let again = try await program.run("activate")
                #expect(again.status == 0, "\(again.errors)")
                try await core.withClient {
                    _ = try await PostgresKeyStore(client: $0).keyring(masterKeyFile: program.keyFile)
                }
            }
        }
    }

    @Test func `a key that is not the database's is refused by every command and by serve`() async throws {
        try await withProgram { program, _ in
            #expect(try await program.run("activate").status == 0)
            let certificates = program.folder.file("issued")
            let issued = try await program.run(
                "certificate", "issue", "mfa-core", "--host", "localhost", "--out", certificates)
            #expect(issued.status == 0, "\(issued.errors)")
            try FileManager.default.removeItem(atPath: program.keyFile)
            _ = try MasterKeyFile(path: program.keyFile).loadOrCreate(random: SystemRandomSource())
            let listener = [("certificate", "certificate"), ("privateKey", "key"), ("clientCA", "ca")].flatMap {
                ["--set", "listener.\($0)=\(certificates)/\($1).pem"]
            }
            for command in [["activate"], ["user", "list"], ["serve"] + listener] {
                let outcome = try await program.start(command).outcome()
                #expect(outcome.status == 1)
                #expect(
                    outcome.errors.contains("The master key is not the one this database was activated with"),
                    "\(outcome.errors)")
            }
        }
    }

    @Test func `makes no key for a database that has one elsewhere`() async throws {
        try await withProgram(isActivated: true) { program, _ in
            let outcome = try await program.run("activate")
            #expect(outcome.status == 1)
            #expect(outcome.errors.contains("is activated already"))
            #expect(outcome.errors.split(separator: "\n").count == 1)
            #expect(try !program.folder.names().contains("master.key"))
        }
    }
}

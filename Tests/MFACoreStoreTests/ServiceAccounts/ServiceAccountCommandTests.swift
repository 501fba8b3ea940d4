// SPDX-License-Identifier: Apache-2.0
import MFACoreStore
import TestKit
import Testing

/// `mfa-core service-account` as a program.
struct ServiceAccountCommandTests {
    private func withProgram(_ body: (CoreProgram) async throws -> Void) async throws {
        try await withCoreDatabase { core in
            try await TemporaryFolder.with { folder in try await body(try CoreProgram(core, in: folder)) }
        }
    }

    /// There is no master key in the folder: none is needed.
    @Test func `adds, lists, disables and removes without the master key`() async throws {
        try await withProgram { program in
            let added = try await program.run(
                "service-account", "add", "vpn", "--scope", "authenticate", "--network", "10.0.0.0/8", "--json")
            #expect(added.status == 0, "\(added.errors)")
            let secret = try #require(try added.document()["secret"] as? String)
            #expect(secret.wholeMatch(of: /cs_[a-z2-9]{8,12}_[A-Za-z0-9_-]{43}/) != nil)
            let listed = try await program.run("service-account", "list")
            #expect(listed.output.contains("vpn") && listed.output.contains("10.0.0.0/8"))
            #expect(!listed.output.contains(secret))
            #expect(try await program.run("service-account", "disable", "vpn", "--yes").status == 0)
            #expect(try await program.run("service-account", "remove", "vpn", "--yes").status == 0)
            #expect(try await program.run("service-account", "remove", "vpn", "--yes").status == 1)
            #expect(try await program.run("service-account", "add", "vpn", "--scope", "authenticate").status == 1)
        }
    }

    // R69: a service that the Internet reaches holds no second right.
    @Test(arguments: [
        ["mobile", "authenticate"], ["portal", "manage-users"], ["mobile", "portal"], ["everything"], [],
    ])
    func `refuses scopes that are unknown, missing or too many`(scopes: [String]) async throws {
        try await withProgram { program in
            let arguments = ["service-account", "add", "x"] + scopes.flatMap { ["--scope", $0] }
            let outcome = try await program.start(arguments).outcome()
            #expect(outcome.status == 2)
            #expect(!outcome.errors.isEmpty && outcome.output.isEmpty)
        }
    }

    @Test(arguments: ["", "Upper", "with space", "ü", String(repeating: "a", count: 65), "a/b", "a:b"])
    func `refuses names that would be ambiguous in a header`(name: String) async throws {
        try await withProgram { program in
            let outcome = try await program.run("service-account", "add", name, "--scope", "authenticate")
            #expect(outcome.status == 2)
        }
    }

    @Test(arguments: ["10.0.0.0/33", "10.0.0.1/8", "::1/129", "host", "10.0.0.0/", "10.0.0.0/+8", "10.0.0.0/8/8"])
    func `refuses what is no network`(network: String) async throws {
        try await withProgram { program in
            let outcome = try await program.run(
                "service-account", "add", "x", "--scope", "authenticate", "--network", network)
            #expect(outcome.status == 2)
        }
    }

    @Test func `does not remove without being told so twice`() async throws {
        try await withProgram { program in
            _ = try await program.run("service-account", "add", "vpn", "--scope", "authenticate")
            #expect(try await program.run("service-account", "remove", "vpn", input: "y\n").status == 2)
            #expect(try await program.run("service-account", "list").output.contains("vpn"))
        }
    }
}

// SPDX-License-Identifier: Apache-2.0
import Foundation
import MFACoreStore
import TestKit
import Testing

/// `mfa-core certificate` as a program; what it issues is judged by OpenSSL.
struct CertificateCommandTests {
    private func withProgram(_ body: (CoreProgram) async throws -> Void) async throws {
        try await withCoreDatabase(isActivated: false) { core in
            try await TemporaryFolder.with { folder in
                let program = try CoreProgram(core, in: folder)
                let outcome = try await program.run("activate")
                try #require(outcome.status == 0, "\(outcome.errors)")
                try await body(program)
            }
        }
    }

    private func openssl(_ arguments: String...) async throws -> CoreProgram.Outcome {
        try await RunningProgram("/usr/bin/openssl", arguments).outcome()
    }

    @Test func `verifies as server and as client, and names hosts and service`() async throws {
        try await withProgram { program in
            let folder = program.folder.file("issued")
            let outcome = try await program.run(
                "certificate", "issue", "sdk-service", "--host", "sdk.example.org", "--host", "127.0.0.1", "--host",
                "2001:db8::7", "--out", folder)
            #expect(outcome.status == 0, "\(outcome.errors)")
            for purpose in ["sslserver", "sslclient"] {
                let verified = try await openssl(
                    "verify", "-x509_strict", "-purpose", purpose, "-CAfile", "\(folder)/ca.pem",
                    "\(folder)/certificate.pem")
                #expect(verified.status == 0, "\(purpose): \(verified.errors)\(verified.output)")
            }
            let text = try await openssl(
                "x509", "-in", "\(folder)/certificate.pem", "-noout", "-ext",
                "subjectAltName,extendedKeyUsage,basicConstraints"
            ).output
            for part in [
                "DNS:sdk.example.org", "IP Address:127.0.0.1", "IP Address:2001:DB8:0:0:0:0:0:7",
                "URI:countersign://service/sdk-service", "TLS Web Server Authentication",
                "TLS Web Client Authentication", "CA:FALSE",
            ] { #expect(text.contains(part), "\(part) in \(text)") }
            // 398 days from now, so valid for 397 days and not for 399.
            let nearly = try await openssl(
                "x509", "-in", "\(folder)/certificate.pem", "-noout", "-checkend", String(397 * 86_400))
            let after = try await openssl(
                "x509", "-in", "\(folder)/certificate.pem", "-noout", "-checkend", String(399 * 86_400))
            #expect(nearly.status == 0 && after.status == 1)
            let pair = [
                try await openssl("x509", "-in", "\(folder)/certificate.pem", "-noout", "-pubkey").output,
                try await openssl("pkey", "-in", "\(folder)/key.pem", "-pubout").output,
            ]
            #expect(pair[0] == pair[1] && pair[0].contains("PUBLIC KEY"))
        }
    }

    @Test func `keys are for their owner alone, and nothing is overwritten unasked`() async throws {
        try await withProgram { program in
            let folder = program.folder.file("issued")
            let arguments = ["certificate", "issue", "mfa-core", "--host", "localhost", "--out", folder]
            #expect(try await program.start(arguments).outcome().status == 0)
            let names = try FileManager.default.contentsOfDirectory(atPath: folder).sorted()
            #expect(names == ["ca.pem", "certificate.pem", "key.pem", "mfa-core.yaml"])
            #expect(try program.folder.mode(of: "issued/key.pem") == 0o600)
            let key = try String(contentsOfFile: "\(folder)/key.pem", encoding: .utf8)
            let again = try await program.start(arguments).outcome()
            #expect(again.status == 1)
            #expect(try String(contentsOfFile: "\(folder)/key.pem", encoding: .utf8) == key)
            #expect(try await program.start(arguments + ["--force"]).outcome().status == 0)
            #expect(try String(contentsOfFile: "\(folder)/key.pem", encoding: .utf8) != key)
            #expect(try FileManager.default.contentsOfDirectory(atPath: folder).sorted() == names)
        }
    }

    @Test func `is listed, and renewed for the same hosts with a new key`() async throws {
        try await withProgram { program in
            let folder = program.folder.file("issued")
            #expect(try await program.run("certificate", "renew", "user-portal", "--out", folder).status == 1)
            _ = try await program.run(
                "certificate", "issue", "user-portal", "--host", "a.example.org", "--host", "b.example.org", "--out",
                folder)
            let key = try String(contentsOfFile: "\(folder)/key.pem", encoding: .utf8)
            let renewed = try await program.run("certificate", "renew", "user-portal", "--out", folder, "--json")
            #expect(renewed.status == 0, "\(renewed.errors)")
            #expect(try renewed.document()["hosts"] as? [String] == ["a.example.org", "b.example.org"])
            #expect(try String(contentsOfFile: "\(folder)/key.pem", encoding: .utf8) != key)
            let verified = try await openssl("verify", "-CAfile", "\(folder)/sdk-ca.pem", "\(folder)/certificate.pem")
            #expect(verified.status == 0)
            let items = try await program.run("certificate", "list", "--json").document()["items"] as? [[String: Any]]
            #expect(items?.count == 2)
            #expect(items?.first?["serial"] as? String == (try renewed.document()["serial"] as? String))
        }
    }

    @Test(arguments: [
        ["nobody", "--host", "a"], ["mfa-core", "--host", "*.example.org"], ["mfa-core", "--host", "a b"],
        ["mfa-core", "--host", "-a"], ["mfa-core", "--host", "1.2.3.400"], ["mfa-core"],
    ])
    func `refuses other services and what is no host`(arguments: [String]) async throws {
        try await withProgram { program in
            let folder = program.folder.file("issued")
            let outcome = try await program.start(["certificate", "issue"] + arguments + ["--out", folder]).outcome()
            #expect(outcome.status == 2)
            #expect(!FileManager.default.fileExists(atPath: folder))
        }
    }
}

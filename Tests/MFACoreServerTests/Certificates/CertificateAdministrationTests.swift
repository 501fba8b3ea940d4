// SPDX-License-Identifier: Apache-2.0
import Foundation
import MFACoreServer
import NIOSSL
import SwiftASN1
import TestKit
import Testing
import X509

struct CertificateAdministrationTests {
    private func certificate(_ folder: String, _ name: String = "certificate.pem") throws -> Certificate {
        try Certificate(pemEncoded: String(contentsOfFile: "\(folder)/\(name)", encoding: .utf8))
    }

    @Test func `issues what the services recognise each other by`() async throws {
        try await CommandSite.with { site, _ async throws in
            let folder = "\(site.folder)/issued"
            let report = try await CertificateAdministration.issue(
                "sdk-service", hosts: ["sdk.example.org", "127.0.0.1", "::1"], folder: folder, replacing: false,
                site.options)
            #expect(report.json?["service"]?.text == "sdk-service" && report.json?["folder"]?.text == folder)
            let (leaf, authority) = (try certificate(folder), try certificate(folder, "ca.pem"))
            #expect(authority.publicKey.isValidSignature(leaf.signature, for: leaf))
            #expect(authority.publicKey.isValidSignature(authority.signature, for: authority))
            #expect(leaf.issuer == authority.subject && leaf.subject != authority.subject)
            let names = try #require(try leaf.extensions.subjectAlternativeNames)
            #expect(names.contains(.dnsName("sdk.example.org")) && names.count == 4)
            #expect(names.contains(.uniformResourceIdentifier("countersign://service/sdk-service")))
            let usage = try #require(try leaf.extensions.extendedKeyUsage)
            #expect(usage.contains(.serverAuth) && usage.contains(.clientAuth))
            #expect(try leaf.extensions.basicConstraints == .notCertificateAuthority)
            // The key is the certificate's: TLS takes both together.
            let key = try NIOSSLPrivateKey(file: "\(folder)/key.pem", format: .pem)
            let chain = try NIOSSLCertificate.fromPEMFile("\(folder)/certificate.pem")
            _ = try NIOSSLContext(
                configuration: .makeServerConfiguration(
                    certificateChain: chain.map { .certificate($0) }, privateKey: .privateKey(key)))
        }
    }

    @Test func `leaves only whole files, the key for its owner alone`() async throws {
        try await CommandSite.with { site, _ async throws in
            let folder = "\(site.folder)/issued"
            func issue(replacing: Bool) async throws -> CommandReport {
                try await CertificateAdministration.issue(
                    "mfa-core", hosts: ["localhost"], folder: folder, replacing: replacing, site.options)
            }
            _ = try await issue(replacing: false)
            let names = ["ca.pem", "certificate.pem", "key.pem", "mfa-core.yaml"]
            #expect(try FileManager.default.contentsOfDirectory(atPath: folder).sorted() == names)
            let mode = try FileManager.default.attributesOfItem(atPath: "\(folder)/key.pem")[.posixPermissions]
            #expect(mode as? Int == 0o600)
            let key = try String(contentsOfFile: "\(folder)/key.pem", encoding: .utf8)
            #expect(await status { try await issue(replacing: false) } == 1)
            #expect(try String(contentsOfFile: "\(folder)/key.pem", encoding: .utf8) == key)
            try Workshop.write("# mine\n", to: "\(folder)/mfa-core.yaml")
            _ = try await issue(replacing: true)
            #expect(try String(contentsOfFile: "\(folder)/key.pem", encoding: .utf8) != key)
            #expect(try String(contentsOfFile: "\(folder)/mfa-core.yaml", encoding: .utf8) == "# mine\n")
            #expect(try FileManager.default.contentsOfDirectory(atPath: folder).sorted() == names)
        }
    }

    @Test func `renews for the same hosts with a new key, and lists the newest first`() async throws {
        try await CommandSite.with { site, _ async throws in
            let folder = "\(site.folder)/issued"
            let early = await fault {
                try await CertificateAdministration.renew("user-portal", folder: folder, site.options)
            }
            #expect(early?.status == 1)
            let first = try await CertificateAdministration.issue(
                "user-portal", hosts: ["a.example.org", "b.example.org"], folder: folder, replacing: false,
                site.options)
            let second = try await CertificateAdministration.renew("user-portal", folder: folder, site.options)
            #expect(second.json?["hosts"] == ["a.example.org", "b.example.org"])
            let items = try await CertificateAdministration.list(site.options).json?["items"]?.items ?? []
            #expect(items.map { $0["serial"] } == [second.json?["serial"], first.json?["serial"]])
        }
    }

    @Test(arguments: [
        ("nobody", ["a"]), ("mfa-core", []), ("mfa-core", ["*.example.org"]), ("mfa-core", ["a b"]),
        ("mfa-core", ["-a"]), ("mfa-core", ["1.2.3.400"]), ("mfa-core", [""]), ("mfa-core", ["a..b"]),
        ("mfa-core", Array(repeating: "a", count: 33)),
    ])
    func `refuses other services and what is no host`(service: String, hosts: [String]) async throws {
        try await CommandSite.with { site, _ async throws in
            let folder = "\(site.folder)/issued"
            let refused = await fault {
                try await CertificateAdministration.issue(
                    service, hosts: hosts, folder: folder, replacing: false, site.options)
            }
            #expect(refused?.status == 2)
            #expect(!FileManager.default.fileExists(atPath: folder))
            #expect(try await CertificateAdministration.list(site.options).json?["items"]?.items.isEmpty == true)
        }
    }

    // Every sample is a configuration that the service itself can read: its keys are known.
    @Test(arguments: ["mfa-core", "sdk-service", "user-portal", "mobileapp-service"])
    func `a sample names the files beside it and holds no secret`(service: String) async throws {
        try await CommandSite.with { site, _ async throws in
            let folder = "\(site.folder)/issued"
            _ = try await CertificateAdministration.issue(
                service, hosts: ["localhost"], folder: folder, replacing: false, site.options)
            let sample = try String(contentsOfFile: "\(folder)/\(service).yaml", encoding: .utf8)
            #expect(sample.contains("certificate: /etc/countersign/\(service)/certificate.pem"))
            #expect(sample.contains("privateKey: /etc/countersign/\(service)/key.pem"))
            #expect(!sample.contains("PRIVATE KEY") && !sample.contains(site.folder))
        }
    }
}

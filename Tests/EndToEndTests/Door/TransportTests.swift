// SPDX-License-Identifier: Apache-2.0
import Foundation
import Glibc
import Testing
import TestKit

extension EndToEnd.Standing {
    /// R74 by two scanners that know nothing of this suite: one internal listener with mutual TLS and one public one in
    /// `make test`, in `make soak` every listener, and sdk-service's once more as it asks for certificates of accounts.
    @Suite struct Transport {
        let world: World

        init() throws { world = try World.current }

        private struct Target: Sendable {
            let name: String
            let copy: ServiceProcess
            /// Whether it asks clients for certificates; a scanner that has none may get no further then.
            let asksForCertificates: Bool

            init(_ copy: ServiceProcess, asksForCertificates: Bool = false) {
                name = copy.name
                self.copy = copy
                self.asksForCertificates = asksForCertificates || copy.service == .core
            }
        }

        private func targets() async throws -> [Target] {
            guard Workshop.isSoak else { return [Service.core, .mobile].map { Target(world.copies(of: $0)[0]) } }
            let authority = try await OpenSSLAuthority(in: "\(world.folder)/scanned-\(Workshop.unique())")
            let asking = try await world.start(
                .sdk, apart: true, settings: ["listener.clientCA": authority.certificate])
            try await asking.becomesReady()
            return Service.allCases.map { Target(world.copies(of: $0)[0]) }
                + [Target(asking, asksForCertificates: true)]
        }

        /// What is offered in TLS 1.2; 1.3 has nothing else.
        private static func isForwardSecretAEAD(_ suite: String) -> Bool {
            let text = suite.uppercased().replacing("_", with: "-")
            let isAEAD = text.contains("GCM") || text.contains("CHACHA20")
            let is13 = text.hasPrefix("TLS-AES") || text.hasPrefix("TLS-CHACHA20")
            return isAEAD && (is13 || text.contains("ECDHE"))
        }

        // R74
        @Test func `testssl finds no old protocol, no weak suite, no renegotiation and no compression`() async throws {
            let targets = try await targets()
            let findings = try await inParallel(targets.count) { number in
                (targets[number], try await testssl(targets[number]))
            }
            for (target, found) in findings {
                let expected = [
                    "SSLv2": "not offered", "SSLv3": "not offered", "TLS1": "not offered", "TLS1_1": "not offered",
                    "TLS1_2": "offered", "TLS1_3": "offered with final", "cipherlist_NULL": "not offered",
                    "cipherlist_aNULL": "not offered", "cipherlist_EXPORT": "not offered",
                    "cipherlist_LOW": "not offered", "cipherlist_3DES_IDEA": "not offered",
                    "cipherlist_AVERAGE": "not offered", "cipherlist_STRONG": "offered", "PFS": "offered",
                ]
                for (id, finding) in expected { #expect(found[id] == finding, "\(target.name): \(id)") }
                for id in ["secure_client_renego", "CRIME_TLS"] {
                    // Without a certificate testssl gets no further there; sslyze has one.
                    let isOutOfReach = target.asksForCertificates && found[id]?.contains("prevents this") == true
                    let isSafe = found[id]?.hasPrefix("not vulnerable") == true || isOutOfReach
                    #expect(isSafe, "\(target.name): \(id) \(found[id] ?? "")")
                }
                let suites = found["PFS_ciphers"]?.split(separator: " ").map(String.init) ?? []
                #expect(suites.count >= 4, "\(target.name): \(suites)")
                for suite in suites { #expect(Self.isForwardSecretAEAD(suite), "\(target.name): \(suite)") }
            }
            end(targets)
        }

        // R74
        @Test func `sslyze finds the same`() async throws {
            let targets = try await targets()
            for target in targets {
                let result = try await sslyze(target)
                for version in ["ssl_2_0", "ssl_3_0", "tls_1_0", "tls_1_1"] {
                    let accepted = result["\(version)_cipher_suites"]?["result"]?["accepted_cipher_suites"]?.items
                    #expect(accepted == [], "\(target.name) \(version)")
                }
                for version in ["tls_1_2", "tls_1_3"] {
                    let accepted =
                        result["\(version)_cipher_suites"]?["result"]?["accepted_cipher_suites"]?.items ?? []
                    #expect(!accepted.isEmpty, "\(target.name) \(version)")
                    for suite in accepted {
                        let name = suite["cipher_suite"]?["name"]?.text ?? ""
                        #expect(Self.isForwardSecretAEAD(name), "\(target.name) \(version): \(name)")
                    }
                }
                let renegotiation = result["session_renegotiation"]?["result"]
                #expect(
                    renegotiation?["is_vulnerable_to_client_renegotiation_dos"]?.boolean == false,
                    "\(target.name): \(renegotiation ?? .null)")
                #expect(result["tls_compression"]?["result"]?["supports_compression"]?.boolean == false)
                #expect(result["heartbleed"]?["result"]?["is_vulnerable_to_heartbleed"]?.boolean == false)
                #expect(
                    result["openssl_ccs_injection"]?["result"]?["is_vulnerable_to_ccs_injection"]?.boolean == false)
            }
            end(targets)
        }

        /// Ends what was started to be scanned.
        private func end(_ targets: [Target]) {
            let standing = Set(world.allCopies.map(\.name))
            for target in targets where !standing.contains(target.name) { target.copy.process.signal(SIGTERM) }
        }

        private func testssl(_ target: Target) async throws -> [String: String] {
            let port = try await target.copy.port()
            let file = "\(world.logFolder)/testssl-\(target.name).json"
            try? FileManager.default.removeItem(atPath: file)
            let end = try await ChildProcess.run(
                .init(
                    "/usr/bin/testssl",
                    [
                        "--quiet", "--warnings", "off", "--color", "0", "--ip", "127.0.0.1", "-p", "-s", "-f", "-R",
                        "-C",
                        "--jsonfile", file, "localhost:\(port)",
                    ], environment: ["HOME": world.folder], folder: world.folder), within: .seconds(300))
            guard let data = FileManager.default.contents(atPath: file), let json = JSON(parsing: Array(data)) else {
                throw TestKitError("testssl: \(end.status) \(end.output) \(end.errors)")
            }
            return Dictionary(
                json.items.map { ($0["id"]?.text ?? "", $0["finding"]?.text ?? "") }, uniquingKeysWith: { $1 })
        }

        /// The scan's results, as sslyze writes them.
        private func sslyze(_ target: Target) async throws -> JSON {
            let port = try await target.copy.port()
            let file = "\(world.logFolder)/sslyze-\(target.name).json"
            let identity = "\(world.folder)/certificates/\(Service.sdk.rawValue)"
            let isMutual = target.copy.service == .core
            let own = isMutual ? ["--cert", "\(identity)/certificate.pem", "--key", "\(identity)/key.pem"] : []
            let end = try await ChildProcess.run(
                .init(
                    Workshop.path(".local/python/bin/sslyze"),
                    own + [
                        "--sslv2", "--sslv3", "--tlsv1", "--tlsv1_1", "--tlsv1_2", "--tlsv1_3", "--reneg",
                        "--compression", "--heartbleed", "--openssl_ccs", "--mozilla_config", "disable", "--json_out",
                        file, "localhost:\(port)",
                    ], environment: ["HOME": world.folder], folder: world.folder), within: .seconds(180))
            guard let data = FileManager.default.contents(atPath: file), let json = JSON(parsing: Array(data)),
                let result = json["server_scan_results"]?.items.first?["scan_result"]
            else { throw TestKitError("sslyze: \(end.status) \(end.output) \(end.errors)") }
            return result
        }
    }
}

// SPDX-License-Identifier: Apache-2.0
import Foundation
import Testing
import TestKit

extension EndToEnd.Standing {
    /// R74 by two scanners that know nothing of this suite: one internal listener with mutual TLS and one public one in
    /// `make test`, every listener in `make soak`.
    @Suite struct Transport {
        let world: World

        init() throws { world = try World.current }

        private static let scanned: [Service] = Workshop.isSoak ? Service.allCases : [.core, .mobile]

        /// What is offered in TLS 1.2; 1.3 has nothing else.
        private static func isForwardSecretAEAD(_ suite: String) -> Bool {
            let text = suite.uppercased().replacing("_", with: "-")
            let isAEAD = text.contains("GCM") || text.contains("CHACHA20")
            let is13 = text.hasPrefix("TLS-AES") || text.hasPrefix("TLS-CHACHA20")
            return isAEAD && (is13 || text.contains("ECDHE"))
        }

        // R74
        @Test func `testssl finds no old protocol, no weak suite, no renegotiation and no compression`() async throws {
            let findings = try await inParallel(Self.scanned.count) { number in
                (Self.scanned[number], try await testssl(Self.scanned[number]))
            }
            for (service, found) in findings {
                let expected = [
                    "SSLv2": "not offered", "SSLv3": "not offered", "TLS1": "not offered", "TLS1_1": "not offered",
                    "TLS1_2": "offered", "TLS1_3": "offered with final", "cipherlist_NULL": "not offered",
                    "cipherlist_aNULL": "not offered", "cipherlist_EXPORT": "not offered",
                    "cipherlist_LOW": "not offered", "cipherlist_3DES_IDEA": "not offered",
                    "cipherlist_AVERAGE": "not offered", "cipherlist_STRONG": "offered", "PFS": "offered",
                ]
                for (id, finding) in expected { #expect(found[id] == finding, "\(service.rawValue): \(id)") }
                for id in ["secure_client_renego", "CRIME_TLS"] {
                    // Without a certificate testssl gets no further there; sslyze has one.
                    let isOutOfReach = service == .core && found[id]?.contains("prevents this") == true
                    let isSafe = found[id]?.hasPrefix("not vulnerable") == true || isOutOfReach
                    #expect(isSafe, "\(service.rawValue): \(id) \(found[id] ?? "")")
                }
                let suites = found["PFS_ciphers"]?.split(separator: " ").map(String.init) ?? []
                #expect(suites.count >= 4, "\(service.rawValue): \(suites)")
                for suite in suites { #expect(Self.isForwardSecretAEAD(suite), "\(service.rawValue): \(suite)") }
            }
        }

        // R74
        @Test func `sslyze finds the same`() async throws {
            for service in Self.scanned {
                let result = try await sslyze(service)
                for version in ["ssl_2_0", "ssl_3_0", "tls_1_0", "tls_1_1"] {
                    let accepted = result["\(version)_cipher_suites"]?["result"]?["accepted_cipher_suites"]?.items
                    #expect(accepted == [], "\(service.rawValue) \(version)")
                }
                for version in ["tls_1_2", "tls_1_3"] {
                    let accepted =
                        result["\(version)_cipher_suites"]?["result"]?["accepted_cipher_suites"]?.items ?? []
                    #expect(!accepted.isEmpty, "\(service.rawValue) \(version)")
                    for suite in accepted {
                        let name = suite["cipher_suite"]?["name"]?.text ?? ""
                        #expect(Self.isForwardSecretAEAD(name), "\(service.rawValue) \(version): \(name)")
                    }
                }
                let renegotiation = result["session_renegotiation"]?["result"]
                #expect(
                    renegotiation?["is_vulnerable_to_client_renegotiation_dos"]?.boolean == false,
                    "\(service.rawValue): \(renegotiation ?? .null)")
                #expect(result["tls_compression"]?["result"]?["supports_compression"]?.boolean == false)
                #expect(result["heartbleed"]?["result"]?["is_vulnerable_to_heartbleed"]?.boolean == false)
                #expect(
                    result["openssl_ccs_injection"]?["result"]?["is_vulnerable_to_ccs_injection"]?.boolean == false)
            }
        }

        private func testssl(_ service: Service) async throws -> [String: String] {
            let port = try await world.copies(of: service)[0].port()
            let file = "\(world.logFolder)/testssl-\(service.rawValue).json"
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
        private func sslyze(_ service: Service) async throws -> JSON {
            let port = try await world.copies(of: service)[0].port()
            let file = "\(world.logFolder)/sslyze-\(service.rawValue).json"
            let identity = "\(world.folder)/certificates/\(Service.sdk.rawValue)"
            let own = service == .core ? ["--cert", "\(identity)/certificate.pem", "--key", "\(identity)/key.pem"] : []
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

// SPDX-License-Identifier: Apache-2.0
import Foundation
import Testing
import TestKit

extension EndToEnd.Standing {
    /// R74: whom the services call they believe only with a certificate of the right authority, for the right name, in its
    /// time. Each meets a server that has the world's address and not its certificate.
    @Suite struct Impostors {
        let world: World

        init() throws { world = try World.current }

        /// Certificates of one authority, which is trusted, and what becomes of them.
        private static let certificates = ["good", "wrong-name", "expired", "self-signed"]

        /// Who calls whom, and by which settings.
        private struct Hop: Sendable {
            let caller: Service
            let mode: String
            let settings: @Sendable (_ port: Int, _ authority: String) -> [String: String]
        }

        private static func database(_ caller: Service, _ role: String) -> Hop {
            Hop(caller: caller, mode: "postgres") { port, authority in
                let options = "sslmode=verify-full&sslrootcert=\(authority)"
                return ["database.url": "postgresql://mfa_\(role)@localhost:\(port)/\(World.database)?\(options)"]
            }
        }

        private static func service(_ caller: Service, _ section: String) -> Hop {
            Hop(caller: caller, mode: "https") { port, authority in
                ["\(section).urls": "[https://localhost:\(port)]", "\(section).ca": authority]
            }
        }

        private static let hops = [
            database(.core, "core"), database(.sdk, "sdk"), database(.portal, "portal"), service(.sdk, "core"),
            service(.portal, "sdk"), service(.mobile, "sdk"),
        ]

        // R74
        @Test func `a server with a certificate of another name, time or authority gets nothing`() async throws {
            let folder = try await makeCertificates()
            for hop in Self.hops {
                let met = try await inParallel(Self.certificates.count) { number in
                    let certificate = Self.certificates[number]
                    return (certificate, try await meet(certificate, in: folder, at: hop))
                }
                for (certificate, line) in met {
                    // libpq looks at the name after the handshake, and leaves without a byte.
                    let expected = certificate == "good" ? ["data"] : ["refused ", "closed"]
                    #expect(
                        expected.contains { line?.hasPrefix($0) == true },
                        "\(hop.caller) \(hop.mode) \(certificate): \(line ?? "-")")
                }
            }
        }

        /// The first thing that the caller does with a server that shows this certificate.
        private func meet(_ certificate: String, in folder: String, at hop: Hop) async throws -> String? {
            let impostor = try ChildProcess(
                .init(
                    "/usr/bin/python3",
                    [
                        Workshop.path("Tests/Clients/impostor.py"), hop.mode, "\(folder)/\(certificate).pem",
                        "\(folder)/\(certificate).key",
                    ]))
            let told = await impostor.output.line { $0.hasPrefix("port ") }
            let port = try #require(told?.split(separator: " ").last.flatMap { Int($0) }, "\(impostor.errors.tail())")
            let caller = try await world.start(
                hop.caller, apart: true, settings: hop.settings(port, "\(folder)/authority.pem"))
            let line = await impostor.output.line(since: 1) { _ in true }
            try await caller.process.kill()
            try await impostor.kill()
            return line
        }

        private func makeCertificates() async throws -> String {
            let folder = "\(world.folder)/impostors"
            try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
            let end = try await ChildProcess.run(.init("/bin/sh", ["-e", "-c", Self.script], folder: folder))
            guard end.status == 0 else { throw TestKitError("openssl: \(end.errors)") }
            return folder
        }

        private static let script = """
            new='-newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes'
            openssl req -x509 $new -days 30 -subj '/CN=impostors authority' -keyout authority.key -out authority.pem
            issue() {
                openssl req $new -subj "/CN=$2" -keyout "$1.key" -out "$1.csr"
                printf 'subjectAltName=DNS:%s\\nextendedKeyUsage=serverAuth\\n' "$2" > "$1.names"
                openssl x509 -req -in "$1.csr" -CA authority.pem -CAkey authority.key -CAcreateserial -days 10 \\
                    -extfile "$1.names" -out "$1.pem"
            }
            issue good localhost
            issue wrong-name elsewhere.example
            export FAKETIME=-30d LD_PRELOAD="$(ls /usr/lib/*/faketime/libfaketime.so.1)"
            issue expired localhost
            unset FAKETIME LD_PRELOAD
            openssl req -x509 $new -days 30 -subj '/CN=localhost' -addext subjectAltName=DNS:localhost \\
                -keyout self-signed.key -out self-signed.pem
            chmod 600 ./*.key
            """
    }
}

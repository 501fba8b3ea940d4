// SPDX-License-Identifier: Apache-2.0

import Postgres
import Primitives
import Testing
import TestKit

/// libpq's own TLS and its lists of hosts, as operators write them into `database.url`.
@Suite(.timeLimit(.minutes(2)))
struct EncryptionTests {
    private static let one = Statement("one", "select 1 as v")
    private static let session = Statement(
        "session", "select ssl, version from pg_stat_ssl where pid = pg_backend_pid()")

    /// A server that speaks TLS; it ends with this process.
    private static let server = Task {
        let tls = try await DatabaseTLS.make()
        return (tls: tls, cluster: try await PostgresCluster.start(settings: tls.settings))
    }

    /// Logs in over TLS at `hosts` with their `ports`; `more` is added to the keyword string.
    private func configuration(
        of database: TestDatabase, hosts: String = "127.0.0.1", ports: String? = nil, authority: String? = nil,
        more: String = ""
    ) async throws -> PostgresConfiguration {
        let tls = try await Self.server.value.tls
        var configuration = database.configuration
        configuration.url = """
            host=\(hosts) port=\(ports ?? String(database.cluster.port)) dbname=\(database.name) user=postgres \
            sslmode=verify-full sslrootcert=\(authority ?? tls.authority) \(more)
            """
        return configuration
    }

    private func expectRefusal(_ configuration: PostgresConfiguration, naming words: String) async throws {
        try await PostgresClient.withClient(configuration, logger: .silent) { client async throws in
            let error = await #expect(throws: PostgresError.self) { try await client.query(Self.one) }
            #expect(error?.code == .unavailable)
            #expect(error?.reason.contains(words) == true, "\(error?.reason ?? "")")
        }
    }

    /// More than one TLS record, one read and one socket buffer.
    @Test func `carries large values both ways under verify-full`() async throws {
        let echo = Statement("echo.large", "select $1::bytea as v")
        try await withTestDatabase(on: try await Self.server.value.cluster) { database in
            let configuration = try await configuration(of: database)
            try await PostgresClient.withClient(configuration, logger: .silent) { client async throws in
                let row = try #require(try await client.query(Self.session).first)
                #expect(try row.boolean("ssl") && row.text("version") == "TLSv1.3")
                let bytes = (0..<3_000_000).map { UInt8(truncatingIfNeeded: $0 &* 31) }
                // Several at once, so that answers follow one another without a pause on the socket.
                try await withThrowingTaskGroup(of: Bool.self) { group in
                    for _ in 0..<4 {
                        group.addTask { try await client.query(echo, [.bytes(bytes)]).first?.bytes("v") == bytes }
                    }
                    for try await isEqual in group { #expect(isEqual) }
                }
            }
        }
    }

    @Test func `a server that another authority vouches for is refused`() async throws {
        let other = try await DatabaseTLS.make().authority
        try await withTestDatabase(on: try await Self.server.value.cluster) { database in
            try await expectRefusal(
                try await configuration(of: database, authority: other), naming: "certificate verify failed")
        }
    }

    @Test func `a server under another name is refused`() async throws {
        try await withTestDatabase(on: try await Self.server.value.cluster) { database in
            let other = try await configuration(
                of: database, hosts: "core.example.org", more: "hostaddr=127.0.0.1")
            try await expectRefusal(other, naming: "does not match host name")
            let right = try await configuration(of: database, hosts: "db.example.org", more: "hostaddr=127.0.0.1")
            try await PostgresClient.withClient(right, logger: .silent) { client async throws in
                #expect(try await client.query(Self.one).first?.integer("v") == 1)
            }
        }
    }

    // R92
    @Test func `a host that is down is passed over`() async throws {
        let closed = try LocalPort.unused()
        try await withTestDatabase(on: try await Self.server.value.cluster) { database in
            let configuration = try await configuration(
                of: database, hosts: "127.0.0.1,127.0.0.1", ports: "\(closed),\(database.cluster.port)")
            try await PostgresClient.withClient(configuration, logger: .silent) { client async throws in
                #expect(try await client.query(Self.one).first?.integer("v") == 1)
                #expect(try await client.execute(Self.one).first?.integer("v") == 1)
            }
        }
    }

    // R92
    @Test func `a host that takes no writes is passed over, as a standby would be`() async throws {
        let (tls, primary) = try await Self.server.value
        let standby = try await PostgresCluster.start(
            settings: tls.settings.merging(["default_transaction_read_only": "on"]) { $1 })
        let passwords = "\(try Workshop.temporaryFolder())/passwords"
        let lines = [standby, primary].map { cluster in
            let password = cluster.configuration().password?.withBytes { String(decoding: $0, as: UTF8.self) } ?? ""
            return "127.0.0.1:\(cluster.port):postgres:postgres:\(password)\n"
        }
        try Workshop.write(lines.joined(), to: passwords)
        let configuration = PostgresConfiguration(
            url: """
                postgresql://postgres@127.0.0.1:\(standby.port),127.0.0.1:\(primary.port)/postgres?sslmode=verify-full\
                &sslrootcert=\(tls.authority)&target_session_attrs=read-write&passfile=\(passwords)
                """, readConnections: 1, writeConnections: 1)
        try await PostgresClient.withClient(configuration, logger: .silent) { client async throws in
            let port = Statement("port", "select current_setting('port')::bigint as v")
            #expect(try await client.query(port).first?.integer("v") == Int64(primary.port))
            #expect(try await client.execute(port).first?.integer("v") == Int64(primary.port))
        }
        try await standby.stop()
    }
}

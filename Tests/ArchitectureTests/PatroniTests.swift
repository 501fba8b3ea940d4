// SPDX-License-Identifier: Apache-2.0
import Foundation
import Glibc
import Testing

/// deploy/postgres/patroni.yml keeps what docs/operating/standby.md promises.
struct PatroniTests {
    private static let path = "deploy/postgres/patroni.yml"

    /// A socket that listens, in the place of etcd: Patroni's validator only looks whether somebody is there.
    private func withListener<R>(_ body: (_ port: UInt16) throws -> R) throws -> R {
        let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        defer { close(descriptor) }
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_addr.s_addr = UInt32(0x7f00_0001).bigEndian
        var length = socklen_t(MemoryLayout<sockaddr_in>.size)
        let isBound = withUnsafeMutablePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                bind(descriptor, $0, length) == 0 && listen(descriptor, 16) == 0
                    && getsockname(descriptor, $0, &length) == 0
            }
        }
        try #require(isBound)
        return try body(UInt16(bigEndian: address.sin_port))
    }

    @Test func `Patroni accepts it`() throws {
        let checked = try withListener { port in
            let text = SourceTree.text(of: Self.path).replacing(
                #/etcd\d\.example\.org:2379/#, with: "127.0.0.1:\(port)")
            let file = FileManager.default.temporaryDirectory.appending(path: "patroni-\(UUID().uuidString).yml")
            try text.write(to: file, atomically: true, encoding: .utf8)
            defer { try? FileManager.default.removeItem(at: file) }
            let passwords = ["SUPERUSER", "REPLICATION", "REWIND", "RESTAPI"].map { ("PATRONI_\($0)_PASSWORD", "x") }
            return try Tool.run(
                "/usr/bin/patroni", ["--validate-config", file.path],
                environment: Dictionary(uniqueKeysWithValues: passwords))
        }
        #expect(checked.status == 0 && checked.output.isEmpty, "\(checked.output)")
    }

    // R89
    @Test func `a commit returns when a standby has it, and not without one`() throws {
        let document = try #require(try Tool.yaml(Self.path) as? [String: Any])
        let shared = try #require((document["bootstrap"] as? [String: Any])?["dcs"] as? [String: Any])
        #expect(shared["synchronous_mode"] as? Bool == true)
        #expect(shared["synchronous_mode_strict"] as? Bool == true)
        #expect(shared["synchronous_node_count"] as? Int == 1)
        let postgres = try #require(shared["postgresql"] as? [String: Any])
        let parameters = try #require(postgres["parameters"] as? [String: Any])
        #expect(parameters["synchronous_commit"] as? String == "on")
        // Whoever keeps the lease must have given it up before another may take it.
        let (ttl, wait, retry) = (shared["ttl"] as? Int, shared["loop_wait"] as? Int, shared["retry_timeout"] as? Int)
        #expect(try #require(wait) + 2 * #require(retry) <= #require(ttl))
    }

    @Test func `nobody connects without TLS and a password, and no password stands in it`() throws {
        let document = try #require(try Tool.yaml(Self.path) as? [String: Any])
        let local = try #require(document["postgresql"] as? [String: Any])
        let rules = try #require(local["pg_hba"] as? [String])
        #expect(
            rules.allSatisfy { $0.hasPrefix("local ") || $0.hasPrefix("hostssl ") && $0.hasSuffix(" scram-sha-256") })
        let logins = try #require(local["authentication"] as? [String: [String: Any]])
        #expect(Set(logins.keys) == ["superuser", "replication", "rewind"])
        #expect(logins.values.allSatisfy { $0["password"] == nil && $0["sslmode"] as? String == "verify-full" })
        #expect((local["parameters"] as? [String: Any])?["ssl"] as? String == "on")
    }

    /// Roles that log in, by the script that makes them: `alter role :"core" login …`.
    private func logins() throws -> Set<String> {
        let made = try Regex(#"(?m)^alter role :"(\w+)" login "#)
        let roles = SourceTree.text(of: "deploy/postgres/roles.sql").matches(of: made)
        return Set(roles.map { "mfa_" + String($0.output[1].substring ?? "") })
    }

    /// The roles that lines of `pg_hba.conf` let into the suite's database.
    private func letIn(_ lines: [Substring]) -> [String] {
        lines.filter { $0.hasPrefix("hostssl countersign ") }.flatMap { line in
            line.split(separator: " ").dropFirst(2).first?.split(separator: ",").map(String.init) ?? []
        }
    }

    // R99: a role without its line cannot log in, and one without a role is a line that nobody looks after.
    @Test func `every role that logs in has its line, here and on the page about installing`() throws {
        let logins = try logins()
        #expect(logins.count >= 8)
        let document = try #require(try Tool.yaml(Self.path) as? [String: Any])
        let local = try #require(document["postgresql"] as? [String: Any])
        let rules = try #require(local["pg_hba"] as? [String])
        #expect(letIn(rules.map { $0[...] }).sorted() == logins.sorted())
        let page = SourceTree.text(of: "docs/operating/install.md").split(separator: "\n")
        #expect(letIn(page).sorted() == logins.sorted())
    }
}

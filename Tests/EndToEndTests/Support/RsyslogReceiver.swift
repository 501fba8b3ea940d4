// SPDX-License-Identifier: Apache-2.0
import Foundation
import Glibc
import Synchronization
import TestKit

/// Debian's rsyslog with deploy/rsyslog/countersign.conf, in a folder and on a port of its own.
final class RsyslogReceiver: Sendable {
    let authority: String
    let port: Int
    private let folder: String
    private let process = Mutex<ChildProcess?>(nil)

    /// Certificates and configuration, with nothing running yet.
    init(in folder: String, cleanup: Cleanup) async throws {
        self.folder = folder
        port = try LocalPort.unused()
        let other = try await OtherAuthority(in: folder)
        // Any certificate for localhost will do.
        let tls = try await other.issue(for: .core)
        authority = other.certificate
        let delivered = try String(contentsOfFile: Workshop.path("deploy/rsyslog/countersign.conf"), encoding: .utf8)
        let changes = [
            ("/etc/rsyslog.d/tls/ca.pem", authority), ("/etc/rsyslog.d/tls", tls),
            ("/var/log/countersign.jsonl", "\(folder)/rows.jsonl"),
            ("port=\"6514\"", "address=\"127.0.0.1\" port=\"\(port)\""),
        ]
        let configuration = changes.reduce(delivered) { text, change in
            text.replacingOccurrences(of: change.0, with: change.1)
        }
        try Workshop.write("global(workDirectory=\"\(folder)\")\n\(configuration)", to: "\(folder)/rsyslog.conf")
        cleanup.add { try await self.kill() }
    }

    /// Starts it and waits until it listens.
    func start() async throws {
        let child = try ChildProcess(
            .init("/usr/sbin/rsyslogd", ["-n", "-i", "NONE", "-f", "\(folder)/rsyslog.conf"], folder: folder))
        process.withLock { $0 = child }
        try await eventually("rsyslog listens") {
            guard child.isRunning else { throw TestKitError("rsyslog did not start:\n\(child.errors.tail())") }
            guard let connection = LocalPort.connect(to: port) else { return false }
            close(connection)
            return true
        }
    }

    /// Kills it as a failing machine would.
    func kill() async throws {
        try await process.withLock { $0 }?.kill()
    }

    /// The rows that it has written, a line each.
    var rows: [String] {
        let text = (try? String(contentsOfFile: "\(folder)/rows.jsonl", encoding: .utf8)) ?? ""
        return text.split(separator: "\n").map(String.init)
    }

    /// The numbers of the links of those rows, each where it came first.
    var links: [Int] {
        var seen: Set<Int> = []
        return rows.compactMap { line in
            guard let link = JSON(parsing: Array(line.utf8))?["seq"]?.integer else { return nil }
            return seen.insert(link).inserted ? link : nil
        }
    }
}

// SPDX-License-Identifier: Apache-2.0

import Foundation
import Glibc
import Hummingbird
import Logging
import Primitives
import ServiceLifecycle
import ServiceRuntime
import Testing

/// `serve` makes a process its own: logs, metrics, signals. So each test runs it in one.
struct ServeCommandTests {
    private struct Sample: CountersignService {
        static let name = "sample-service"
        static let keys = AdminConfiguration.keys(defaultPort: 0)

        let admin: AdminConfiguration

        init(reading reader: inout SettingsReader) {
            admin = AdminConfiguration(defaultPort: 0, reading: &reader)
        }

        func run(logger: Logger, reload: Reload<Self>) async throws {
            let readiness = Readiness(checks: [], logger: logger)
            let listener = HTTPListener(
                name: "api", configuration: ListenerConfiguration(host: "127.0.0.1", port: 0, tls: nil),
                responder: Router<BasicRequestContext>.greeting.buildResponder(), logger: logger,
                onListening: { _ in kill(getpid(), SIGTERM) })
            try await ServiceRunner.run(
                services: [listener], admin: admin, readiness: readiness, draining: Draining(), logger: logger)
        }
    }

    @Test func `logs JSON lines only, and where it listens`() async throws {
        let result = try #require(
            await #expect(processExitsWith: .exitCode(0), observing: [\.standardErrorContent]) {
                let folder = try TestFolder()
                let path = try folder.file("sample.yaml", "log: {format: json}\n")
                exit(
                    await CommandLineEntry.status(
                        of: ServiceCommand<Sample>.self, arguments: ["serve", "--config", path]))
            })
        let text = String(decoding: result.standardErrorContent, as: UTF8.self)
        let lines = try text.split(separator: "\n").map { line in
            try #require(try JSONSerialization.jsonObject(with: Data(line.utf8)) as? [String: Any])
        }
        let messages = lines.compactMap { $0["message"] as? String }
        #expect(Set(messages).isSubset(of: ["starting", "open files", "listening", "ready", "stopping", "stopped"]))
        #expect(messages.prefix(2) == ["starting", "open files"] && messages.last == "stopped")
        let listening = lines.filter { $0["message"] as? String == "listening" }
            .compactMap { $0["metadata"] as? [String: String] }.first { $0["listener"] == "api" }
        #expect(listening?["host"] == "127.0.0.1")
        #expect(listening?["port"].flatMap { Int($0) } ?? 0 > 0)
    }
}

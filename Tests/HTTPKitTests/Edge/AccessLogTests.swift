// SPDX-License-Identifier: Apache-2.0
import HTTPKit
import HTTPTypes
import Hummingbird
import HummingbirdTesting
import Logging
import Synchronization
import Testing

/// Keeps what is logged.
private final class LogLines: Sendable {
    struct Line: Sendable {
        let level: Logger.Level
        let text: String
        let metadata: Logger.Metadata
    }
    private let lines = Mutex<[Line]>([])

    var all: [Line] { lines.withLock { $0 } }

    var logger: Logger {
        var logger = Logger(label: "test") { _ in Handler(lines: self) }
        logger.logLevel = .debug
        return logger
    }

    private struct Handler: LogHandler {
        let lines: LogLines
        var metadata: Logger.Metadata = [:]
        var logLevel: Logger.Level = .debug

        subscript(metadataKey key: String) -> Logger.Metadata.Value? {
            get { metadata[key] }
            set { metadata[key] = newValue }
        }

        func log(event: LogEvent) {
            let merged = metadata.merging(event.metadata ?? [:]) { _, new in new }
            lines.lines.withLock {
                $0.append(Line(level: event.level, text: "\(event.message)", metadata: merged))
            }
        }
    }
}

@Suite struct AccessLogTests {
    private let router = edgeRouter { router in
        router.get("users/{user}") { _, _ in "one" }
        router.get("broken") { _, _ -> Response in
            throw Problem(EdgeCode.internal, reason: "the reason")
        }
    }

    private func lines(_ target: String, headers: HTTPFields = [:]) async throws -> [LogLines.Line] {
        let log = LogLines()
        _ = try await exchange(router, target, headers: headers, logger: log.logger)
        return log.all
    }

    @Test func `writes one line with the route's pattern and without names, queries or headers`() async throws {
        let all = try await lines("/users/alice?token=s3cret", headers: [.authorization: "Basic s3cret"])
        let requests = all.filter { $0.text == "request" }
        #expect(requests.count == 1)
        let line = try #require(requests.first)
        #expect(line.level == .info)
        #expect(line.metadata["method"] == "GET")
        #expect(line.metadata["path"] == "/users/{user}")
        #expect(line.metadata["status"] == "200")
        #expect(line.metadata["requestId"] != nil)
        #expect(!"\(line.metadata)".contains("s3cret"))
        #expect(!"\(line.metadata)".contains("alice"))
    }

    @Test func `an unknown path is shortened and has no query`() async throws {
        let long = String(repeating: "y", count: 500)
        let line = try #require(try await lines("/x/\(long)?q=1").first { $0.text == "request" })
        #expect(line.metadata["status"] == "404")
        #expect(line.metadata["path"] == .string("/x/" + String(repeating: "y", count: 97)))
    }

    @Test func `the reason of a failure stands in the log under the request's id`() async throws {
        let all = try await lines("/broken", headers: [.requestID: "call-9"])
        let failure = try #require(all.first { $0.text == "request failed" })
        #expect(failure.level == .error)
        #expect(failure.metadata["reason"] == "the reason")
        #expect(failure.metadata["requestId"] == "call-9")
        #expect(all.first { $0.text == "request" }?.metadata["status"] == "500")
    }
}

// SPDX-License-Identifier: Apache-2.0

import Logging
import Primitives
import ServiceRuntime
import Synchronization
import Testing

@Suite(.serialized)
struct LineLogHandlerTests {
    private final class Lines: Sendable {
        let all = Mutex<[String]>([])
    }

    private func logger(_ lines: Lines) -> Logger {
        Logger(label: "test") { label in
            LineLogHandler(
                label: label, format: .text, now: { Instant(seconds: 0) },
                write: { line in lines.all.withLock { $0.append(line) } })
        }
    }

    @Test func `metadata of logger and event stand in the line`() {
        let lines = Lines()
        var logger = logger(lines)
        logger[metadataKey: "request"] = "r1"
        logger[metadataKey: "both"] = "logger"
        logger.warning("odd", metadata: ["both": "event"])
        #expect(lines.all.withLock { $0 } == ["1970-01-01T00:00:00.000Z warning test: odd both=event request=r1\n"])
    }

    @Test func `the level changes while the process runs`() {
        let lines = Lines()
        let logger = logger(lines)
        logger.debug("before")
        LogLevel.current = .debug
        defer { LogLevel.current = .info }
        logger.debug("after")
        #expect(lines.all.withLock { $0 } == ["1970-01-01T00:00:00.000Z debug test: after\n"])
    }

    @Test func `a logger may have a level of its own`() {
        let lines = Lines()
        var logger = logger(lines)
        logger.logLevel = .error
        logger.warning("no")
        logger.error("yes")
        #expect(lines.all.withLock { $0 } == ["1970-01-01T00:00:00.000Z error test: yes\n"])
    }
}

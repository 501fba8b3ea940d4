// SPDX-License-Identifier: Apache-2.0
import HTTPTypes
import Logging
import MFAAPI
import Primitives
import SDKServer
import ServiceRuntime
import Synchronization
import Testing

/// R97: whoever looks after the suite learns from the log whose flood it is, and the log does not drown in it.
struct ShedLogTests {
    /// What was logged.
    private final class Lines: Sendable {
        private let lines = Mutex<[String]>([])

        var all: [String] { lines.withLock { $0 } }

        var logger: Logger {
            var logger = Logger(label: "test") { label in
                LineLogHandler(
                    label: label, format: .text, now: { Instant(seconds: 0) },
                    write: { line in self.lines.withLock { $0.append(line) } })
            }
            logger.logLevel = .info
            return logger
        }

        /// How many lines hold all of `words`.
        func count(with words: String...) -> Int {
            all.count { line in words.allSatisfy { line.contains($0) } }
        }
    }

    @Test func `an account is named at once and then once a minute, with how many there were`() {
        let (lines, clock) = (Lines(), SettableClock())
        let log = ShedLog(logger: lines.logger, now: clock.now)
        for _ in 0..<500 { log.note(.concurrency, account: "vpn", address: "192.0.2.1") }
        #expect(lines.all.count == 1)
        #expect(lines.count(with: "requests turned away", "vpn", "192.0.2.1", "concurrency", "count=1") == 1)
        log.note(.queue, account: "mail", address: "192.0.2.2")
        #expect(lines.count(with: "mail", "192.0.2.2", "queue") == 1)
        clock.advance(by: .seconds(59))
        log.note(.rate, account: "vpn", address: "192.0.2.1")
        #expect(lines.all.count == 2)
        clock.advance(by: .seconds(1))
        log.note(.rate, account: "vpn", address: "192.0.2.1")
        #expect(lines.count(with: "vpn", "rate", "count=501") == 1)
    }

    @Test func `an address that guesses is named whatever names it tries, and a secret in a name's place is not`() {
        let (lines, clock) = (Lines(), SettableClock())
        let log = ShedLog(logger: lines.logger, now: clock.now)
        log.noteThrottled(name: "cs_id_0123456789", address: "192.0.2.1")
        for number in 0..<50 { log.noteThrottled(name: "guess-\(number)", address: "192.0.2.1") }
        #expect(lines.all.count == 1)
        #expect(lines.count(with: "192.0.2.1", "throttled", "(a secret)") == 1)
        #expect(lines.count(with: "cs_id") == 0)
    }

    @Test func `beyond a hundred a minute all others are one`() {
        let (lines, clock) = (Lines(), SettableClock())
        let log = ShedLog(logger: lines.logger, now: clock.now)
        for number in 0..<1_000 { log.noteThrottled(name: "guess", address: "2001:db8::\(number)") }
        #expect(lines.all.count == 101)
        #expect(lines.count(with: "(others)") == 1)
        clock.advance(by: .seconds(60))
        log.note(.rate, account: "vpn", address: "192.0.2.1")
        #expect(lines.count(with: "vpn") == 1)
    }

    @Test func `what the door turns away is named by it`() async throws {
        let lines = Lines()
        try await Door.open(logger: lines.logger) { door async throws in
            door.accounts.replace(
                MemoryAccounts.account("busy", [.authenticate], limits: .init(ratePerSecond: 1)))
            for _ in 0..<4 { _ = try await door.send(.get, "/sign-ins/a1", as: "busy") }
            _ = try await door.send(.get, "/sign-ins/a1")
            #expect(lines.count(with: "requests turned away", "busy", "rate") == 1)
            for _ in 0..<25 { _ = try await door.send(.get, "/sign-ins/a1", secret: "wrong") }
            #expect(lines.count(with: "requests turned away", "integrator", "throttled") == 1)
            #expect(lines.all.count == 2)
        }
    }
}

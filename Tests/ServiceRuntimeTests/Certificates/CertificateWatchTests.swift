// SPDX-License-Identifier: Apache-2.0

import Logging
import Primitives
import ServiceRuntime
import Synchronization
import Testing

struct CertificateWatchTests {
    private static let day: Duration = .seconds(86_400)

    /// A clock that a test moves, and the lines that are logged.
    private final class Desk: Sendable {
        private let state = Mutex<(now: Instant, lines: [String])>((Instant(seconds: 1_000_000), []))

        var now: Instant { state.withLock { $0.now } }

        /// What was logged since the last look.
        func lines() -> [String] {
            state.withLock { state in
                defer { state.lines = [] }
                return state.lines
            }
        }

        func wait(_ time: Duration) {
            state.withLock { $0.now = $0.now + time }
        }

        var logger: Logger {
            Logger(label: "test") { label in
                LineLogHandler(
                    label: label, format: .text, now: { Instant(seconds: 0) },
                    write: { line in self.state.withLock { $0.lines.append(line) } })
            }
        }

        func watch(_ watched: [WatchedCertificates]) -> CertificateWatch {
            CertificateWatch(watched, logger: logger, now: { self.now })
        }
    }

    // F28
    @Test func `an end within thirty days is said once a day`() {
        let desk = Desk()
        let watch = desk.watch([
            WatchedCertificates(key: "listener.certificate", expiry: desk.now + Self.day * 31),
            WatchedCertificates(key: "core.ca", expiry: desk.now + Self.day * 300),
        ])
        watch.look()
        #expect(desk.lines() == [])
        desk.wait(Self.day * 2)
        watch.look()
        watch.look()
        let said = desk.lines()
        #expect(said.count == 1)
        #expect(
            said[0].contains(" warning test: certificate expires soon ") && said[0].contains("key=listener.certificate")
        )
        desk.wait(Self.day)
        watch.look()
        #expect(desk.lines().count == 1)
        desk.wait(Self.day * 40)
        watch.look()
        #expect(desk.lines().map { $0.contains(" error test: certificate has expired ") } == [true])
    }

    @Test func `others are looked at as soon as they are watched`() throws {
        let desk = Desk()
        let good = [WatchedCertificates(key: "listener.certificate", expiry: desk.now + Self.day * 300)]
        let watch = desk.watch(good)
        #expect(watch.preparing(good) == nil)
        let change = try #require(
            watch.preparing([WatchedCertificates(key: "listener.certificate", expiry: desk.now + Self.day)]))
        #expect(desk.lines() == [])
        change()
        #expect(desk.lines().count == 1)
    }

    @Test func `lists what a side shows and trusts, by the end of the first of each`() throws {
        let authority = try TestAuthority()
        let pair = try authority.issue()
        let listener = TLSPolicy.server(
            certificates: try pair.certificates + authority.certificates, key: try pair.privateKey,
            clientCA: try authority.certificates)
        #expect(
            WatchedCertificates.list(of: listener, section: "listener", roots: "clientCA").map(\.key)
                == ["listener.certificate", "listener.clientCA"])
        let client = TLSPolicy.client(roots: nil, certificates: [], key: nil)
        #expect(WatchedCertificates.list(of: client, section: "sdk", roots: "ca") == [])
        #expect(WatchedCertificates.list(of: nil, section: "listener", roots: "clientCA") == [])
    }
}

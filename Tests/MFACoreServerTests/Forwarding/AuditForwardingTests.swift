// SPDX-License-Identifier: Apache-2.0
import Logging
import MFACoreServer
import MFACoreStore
import Postgres
import Primitives
import ServiceLifecycle
import ServiceRuntime
import Synchronization
import TestKit
import Testing

/// R87, F38: a receiver gets every row in order, whatever becomes of it meanwhile.
@Suite(.timeLimit(.minutes(2)))
struct AuditForwardingTests {
    /// A receiver that can be away, and the log of who sends to it.
    private final class Receiver: Sendable {
        private struct State {
            var deliveries: [[String]] = []
            var lines: [String] = []
            var isAway = false
            var dies = false
        }

        private let state = Mutex(State())

        /// The events of each delivery that it took.
        var deliveries: [[String]] { state.withLock { $0.deliveries } }
        var lines: [String] { state.withLock { $0.lines } }

        func go(away: Bool) { state.withLock { $0.isAway = away } }

        /// The next delivery is read and not confirmed.
        func dieInTheNext() { state.withLock { $0.dies = true } }

        func take(_ frames: [UInt8]) throws {
            let events = try Self.messages(in: frames).map { String($0.split(separator: " ")[5]) }
            try state.withLock { state in
                if state.isAway { throw SyslogFault(.unreachable, "nobody there") }
                state.deliveries.append(events)
                if state.dies {
                    state.dies = false
                    throw SyslogFault(.broken, "reset")
                }
            }
        }

        static func messages(in frames: [UInt8]) throws -> [String] {
            var rest = frames[...]
            var messages: [String] = []
            while let space = rest.firstIndex(of: UInt8(ascii: " ")) {
                let count = try #require(Int(String(decoding: rest[..<space], as: UTF8.self)))
                let body = rest[(space + 1)...]
                #expect(body.count >= count)
                messages.append(String(decoding: body.prefix(count), as: UTF8.self))
                rest = body.dropFirst(count)
            }
            return messages
        }

        var logger: Logger {
            var logger = Logger(label: "test") { label in
                LineLogHandler(
                    label: label, format: .text, now: { Instant(seconds: 0) },
                    write: { line in self.state.withLock { $0.lines.append(line) } })
            }
            logger.logLevel = .info
            return logger
        }
    }

    /// A copy that goes round when the test says so.
    private final class Copy {
        private let forwarding: AuditForwarding
        private var past = AuditForwarding.Past()

        init(_ forwarding: AuditForwarding) {
            self.forwarding = forwarding
        }

        @discardableResult
        func round() async -> Duration { await forwarding.round(&past) }
    }

    private static let pace: AuditForwarding.Pace = {
        var pace = AuditForwarding.Pace()
        pace.idle = .milliseconds(20)
        pace.firstPause = .milliseconds(100)
        pace.pauseMax = .milliseconds(350)
        return pace
    }()

    private static func append(_ core: CoreDatabase, _ client: PostgresClient, _ events: String...) async throws {
        for event in events {
            try await core.database.run(
                """
                select core.audit_append('[{"event": "\(event)", "outcome": "denied", "front_end": "sdk",
                    "actor": "vpn", "instance": "core1.example.org:812", "reason": "a]b", "user_given": "al\\"ice",
                    "application": "vpn", "client_address": "192.0.2.9"}]')
                """)
        }
        try await eventually("every row has its link") {
            _ = try await PostgresAuditChain(client: client).run()
            let row = try await client.query(unchained).first
            return try row?.integer("rows") == 0
        }
    }

    private static let unchained = Statement(
        "test.unchained",
        """
        select count(*) as rows from core.audit_event e
        where not exists (select from core.audit_link l where l.audit_id = e.id)
        """)

    private func forwarding(_ client: PostgresClient, to receiver: Receiver) -> AuditForwarding {
        AuditForwarding(
            store: PostgresForwarding(
                client: client, receiver: "logs:6514", instance: "host:1", random: SystemRandomSource()),
            facility: 13, pace: Self.pace, logger: receiver.logger, deliver: { try receiver.take($0) })
    }

    @Test func `what came while the receiver was away comes then, in order`() async throws {
        try await withCoreDatabase { core in
            try await core.withClient { client async throws in
                let receiver = Receiver()
                let copy = Copy(forwarding(client, to: receiver))
                try await Self.append(core, client, "E1", "E2")
                #expect(await copy.round() == Self.pace.idle)
                #expect(receiver.deliveries.count == 1)
                #expect(receiver.deliveries.first?.suffix(2) == ["E1", "E2"])
                // Nothing to send for a while, and then the receiver is away.
                #expect(await copy.round() == Self.pace.idle)
                #expect(receiver.deliveries.count == 1)
                receiver.go(away: true)
                try await Self.append(core, client, "E3", "E4")
                // Growing pauses, up to the longest.
                var pauses: [Duration] = []
                for _ in 0..<4 { pauses.append(await copy.round()) }
                let growing: [Duration] = [100, 200, 350, 350].map { .milliseconds($0) }
                #expect(pauses == growing)
                try await Self.append(core, client, "E5")
                receiver.go(away: false)
                #expect(await copy.round() == Self.pace.idle)
                // The last delivery once more, for a receiver that died with it, and everything behind it.
                let again = try #require(receiver.deliveries.last)
                #expect(again == (receiver.deliveries.first ?? []) + ["E3", "E4", "E5"])
                // One line for the outage, one for its end.
                #expect(receiver.lines.count == 2)
                #expect(receiver.lines.first?.contains("the syslog receiver does not get the audit") == true)
                #expect(receiver.lines.first?.contains("nobody there") == true)
                #expect(receiver.lines.last?.contains("the syslog receiver gets the audit again") == true)
                #expect(await copy.round() == Self.pace.idle)
                #expect(receiver.deliveries.count == 2)
            }
        }
    }

    @Test func `what was not confirmed comes again, by another copy too`() async throws {
        try await withCoreDatabase { core in
            try await core.withClient { client async throws in
                let receiver = Receiver()
                let (first, second) = (
                    Copy(forwarding(client, to: receiver)), Copy(forwarding(client, to: receiver))
                )
                try await Self.append(core, client, "E1")
                receiver.dieInTheNext()
                #expect(await first.round() == .milliseconds(100))
                // While one copy has the receiver, the other one leaves it alone.
                #expect(await second.round() == Self.pace.idle)
                #expect(receiver.deliveries.count == 1)
                try await core.database.run("update core.audit_receiver set held_until = now()")
                #expect(await second.round() == Self.pace.idle)
                #expect(receiver.deliveries.count == 2 && receiver.deliveries[0] == receiver.deliveries[1])
            }
        }
    }

    @Test func `the service sends by itself, and lets go of the receiver when it stops`() async throws {
        try await withCoreDatabase { core in
            try await core.withClient { client async throws in
                let receiver = Receiver()
                let group = ServiceGroup(services: [forwarding(client, to: receiver)], logger: .silent)
                let running = Task { try await group.run() }
                try await Self.append(core, client, "E1")
                try await eventually("the row is there") { receiver.deliveries.flatMap { $0 }.contains("E1") }
                await group.triggerGracefulShutdown()
                try await running.value
                try await Self.append(core, client, "E2")
                await Copy(forwarding(client, to: receiver)).round()
                #expect(receiver.deliveries.last == ["E2"])
                #expect(!receiver.lines.contains { $0.contains(" warning ") })
            }
        }
    }

    // A row that was bent away, and links that retention cut off while the receiver was away.
    @Test func `what is gone is told of and holds nobody up`() async throws {
        try await withCoreDatabase { core in
            try await core.withClient { client async throws in
                let receiver = Receiver()
                let copy = Copy(forwarding(client, to: receiver))
                try await Self.append(core, client, "E1")
                await copy.round()
                try await Self.append(core, client, "E2", "E3", "E4", "E5")
                try await core.database.run(
                    """
                    set session_replication_role = replica;
                    delete from core.audit_link where seq = (select min(seq) + 2 from core.audit_link);
                    delete from core.audit_event where event in ('E2', 'E4')
                    """)
                await copy.round()
                #expect(receiver.deliveries.last == ["E3", "E5"])
                let told = receiver.lines.filter { $0.contains("gone before the syslog receiver had them") }
                #expect(told.count == 1 && told.first?.contains("rows=2") == true)
            }
        }
    }

    @Test func `a new receiver gets what there is, and nobody is told of what was before`() async throws {
        try await withCoreDatabase { core in
            try await core.withClient { client async throws in
                let receiver = Receiver()
                try await Self.append(core, client, "E1", "E2", "E3")
                try await core.database.run(
                    """
                    set session_replication_role = replica; delete from core.audit_link where seq < 3;
                    delete from core.audit_event where event not in ('E2', 'E3')
                    """)
                await Copy(forwarding(client, to: receiver)).round()
                #expect(receiver.deliveries == [["E2", "E3"]] && receiver.lines.isEmpty)
            }
        }
    }

    @Test func `a row is a message that names where it comes from`() async throws {
        try await withCoreDatabase { core in
            try await core.withClient { client async throws in
                try await Self.append(core, client, "push.fraud", "otp.wrong_code")
                let store = PostgresForwarding(
                    client: client, receiver: "logs:6514", instance: "host:1", random: SystemRandomSource())
                let rows = try await store.page(after: 0).rows.suffix(2)
                var messages: [String] = []
                for row in rows {
                    var frame: [UInt8] = []
                    let content = try #require(row.content)
                    SyslogMessage(content, of: row, facility: 13).appendFrame(to: &frame)
                    messages += try Receiver.messages(in: frame)
                }
                let (row, content) = (try #require(rows.last), try #require(rows.last?.content))
                // An alarm is more severe than a denial.
                #expect(messages[0].hasPrefix("<105>1 ") && messages[0].contains(" push.fraud ["))
                let head =
                    "<108>1 \(content.at) core1.example.org mfa-core 812 otp.wrong_code [countersign@32473 "
                    + "seq=\"\(row.seq)\" id=\"\(row.id)\" hash=\"\(Hex.encode(row.hash))\" outcome=\"denied\" "
                    + "actor=\"vpn\" reason=\"a\\]b\" user=\"al\\\"ice\" application=\"vpn\" client=\"192.0.2.9\"] "
                #expect(messages[1] == head + "\u{feff}" + String(decoding: content.canonical, as: UTF8.self))
            }
        }
    }
}

// SPDX-License-Identifier: Apache-2.0
import MFACoreStore
import Postgres
import Primitives
import TestKit
import Testing

/// R87, F38: what a receiver elsewhere gets, and how far it is.
@Suite(.timeLimit(.minutes(3)))
struct PostgresForwardingTests {
    private func forwarding(
        _ client: PostgresClient, _ receiver: String = "logs:6514", instance: String = "host:1"
    ) -> PostgresForwarding {
        PostgresForwarding(client: client, receiver: receiver, instance: instance, random: SystemRandomSource())
    }

    /// Rows `E1` and so on behind the one of the activation, all of them chained.
    private func withRows(
        _ count: Int, _ body: (CoreDatabase, PostgresClient) async throws -> Void
    ) async throws {
        try await withCoreDatabase { core in
            try await core.addAuditRows(count)
            try await core.withClient { client in
                try await core.chainAudit(PostgresAuditChain(client: client))
                try await body(core, client)
            }
        }
    }

    @Test func `rows come in the order of the chain, as they were hashed`() async throws {
        try await withRows(5) { _, client in
            let page = try await forwarding(client).page(after: 0)
            #expect(!page.isFull && page.rows.map(\.seq) == Array(1...6))
            #expect(page.rows.dropFirst().compactMap(\.content?.event) == (1...5).map { "E\($0)" })
            var hash = AuditChain.start
            for row in page.rows {
                let content = try #require(row.content)
                hash = AuditChain.hash(after: hash, row: content.canonical)
                #expect(hash == row.hash)
                #expect(content.at.hasSuffix("Z") && content.at.utf8.count == 27)
            }
            let last = try #require(page.rows.last?.content)
            #expect(last.outcome == "done" && last.actor == "a" && last.userGiven == "o'hara \"5\" é")
            #expect(last.reason == nil && last.application == nil && last.clientAddress == nil)
            #expect(try await forwarding(client).page(after: 4).rows.map(\.seq) == [5, 6])
            #expect(try await forwarding(client).page(after: 6).rows.isEmpty)
        }
    }

    // Several copies of mfa-core send one after another, and one that died holds nobody up for long.
    @Test func `one copy at a time has a receiver`() async throws {
        try await withRows(1) { _, client in
            let (first, second) = (forwarding(client), forwarding(client))
            #expect(try await first.claim(for: .seconds(60)) == 0)
            #expect(try await second.claim(for: .seconds(60)) == nil)
            #expect(try await first.claim(for: .seconds(60)) == 0)
            #expect(try await first.advance(to: 2))
            try await second.release()
            #expect(try await second.claim(for: .seconds(60)) == nil)
            try await first.release()
            #expect(try await second.claim(for: .zero) == 2)
            // Its time was over at once, as of one that has not been heard of for a while.
            #expect(try await first.claim(for: .seconds(60)) == 2)
        }
    }

    @Test func `nothing is remembered of a copy that lost the receiver, and nothing is forgotten`() async throws {
        try await withRows(3) { _, client in
            let (late, present) = (forwarding(client), forwarding(client))
            _ = try await late.claim(for: .zero)
            _ = try await present.claim(for: .seconds(60))
            #expect(try await !late.advance(to: 4))
            #expect(try await present.claim(for: .seconds(60)) == 0)
            #expect(try await present.advance(to: 3))
            // What is sent again after an outage ends before what was had already.
            #expect(try await present.advance(to: 1))
            #expect(try await present.claim(for: .seconds(60)) == 3)
        }
    }

    @Test func `each receiver has what it has`() async throws {
        try await withRows(2) { _, client in
            let (one, other) = (forwarding(client, "logs:6514"), forwarding(client, "siem:6514"))
            _ = try await one.claim(for: .seconds(60))
            #expect(try await one.advance(to: 3))
            #expect(try await other.claim(for: .seconds(60)) == 0)
            let none = try await one.lag()
            #expect(none.rows == 0 && none.seconds == 0)
            #expect(try await other.lag().rows == 3)
            #expect(try await forwarding(client, "never:6514").lag().rows == 3)
        }
    }

    @Test func `a lag says since when`() async throws {
        try await withRows(1) { core, client in
            try await core.bend("update core.audit_link set at = at - interval '1 hour'")
            let lag = try await forwarding(client).lag()
            #expect(lag.rows == 2 && (3600..<7200).contains(lag.seconds))
        }
    }

    // However large the rows are, a page is not much larger than a megabyte, and none is left out for its size.
    @Test func `a page is bounded by its bytes`() async throws {
        try await withCoreDatabase { core in
            let large = String(repeating: "x", count: 400_000)
            for number in 1...7 {
                try await core.database.run(
                    """
                    select core.audit_append('[{"event": "E\(number)", "outcome": "done", "front_end": "cli",
                        "actor": "a", "detail": {"large": "\(number == 5 ? large + large + large + large : large)"}}]')
                    """)
            }
            try await core.withClient { client in
                try await core.chainAudit(PostgresAuditChain(client: client))
                let forwarding = forwarding(client)
                var (seq, events, pages): (Int64, [String], Int) = (0, [], 0)
                var page = try await forwarding.page(after: 0)
                while let last = page.rows.last {
                    let bytes = page.rows.reduce(0) { $0 + ($1.content?.canonical.count ?? 0) }
                    #expect(bytes < (1 << 20) + 1_700_000)
                    events += page.rows.compactMap(\.content?.event)
                    pages += 1
                    #expect(page.isFull == (last.seq < 8))
                    seq = last.seq
                    page = try await forwarding.page(after: seq)
                }
                #expect(events.dropFirst() == ["E1", "E2", "E3", "E4", "E5", "E6", "E7"] && pages >= 3)
            }
        }
    }

    @Test func `a link whose row is gone comes without it`() async throws {
        try await withRows(3) { core, client in
            try await core.bend("delete from core.audit_event where event = 'E2'")
            let rows = try await forwarding(client).page(after: 1).rows
            #expect(rows.map(\.seq) == [2, 3, 4])
            #expect(rows.map { $0.content?.event } == ["E1", nil, "E3"])
            #expect(rows[1].id > rows[0].id && rows[1].hash.count == 32)
        }
    }
}

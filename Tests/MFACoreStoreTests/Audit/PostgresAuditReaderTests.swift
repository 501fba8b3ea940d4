// SPDX-License-Identifier: Apache-2.0
import MFACoreStore
import MFADomain
import Postgres
import Primitives
import TestKit
import Testing

struct PostgresAuditReaderTests {
    private static let append = Statement("test.append", "select core.audit_append($1::jsonb) as written")

    private func filter(_ fill: (inout AuditFilter) -> Void) -> AuditFilter {
        var filter = AuditFilter()
        fill(&filter)
        return filter
    }

    @Test func `reads page by page, the latest first, of one user or event`() async throws {
        try await withCoreDatabase { core in
            try await core.withClient { client in
                let alice: UserID = SystemRandomSource().identifier()
                for number in 1...5 {
                    let user = number == 3 ? "\"\(alice)\"" : "null"
                    let event = """
                        [{"event": "e\(number % 2)", "outcome": "done", "front_end": "cli", "actor": "a", \
                        "user_id": \(user), "detail": {"number": "\(number)"}}]
                        """
                    _ = try await client.execute(Self.append, [.json(event)])
                }
                let reader = PostgresAuditReader(client: client)
                let first = try await reader.list(limit: 2)
                #expect(first.map(\.detail) == [#"{"number": "5"}"#, #"{"number": "4"}"#])
                let next = try await reader.list(before: first[1].id, limit: 2)
                #expect(next.map(\.detail) == [#"{"number": "3"}"#, #"{"number": "2"}"#])
                #expect(try await reader.list(filter { $0.user = alice }, limit: 10).map(\.userID) == [alice])
                #expect(try await reader.list(filter { $0.event = "e1" }, limit: 10).count == 3)
                #expect(try await reader.userID(named: "nobody") == nil)
            }
        }
    }

    @Test func `each filter lets through what fits it alone, and all of them together what fits all`() async throws {
        try await withCoreDatabase { core in
            try await core.database.run(
                """
                insert into core.audit_event (at, event, outcome, reason, front_end, actor, application, sign_in_id)
                select '2026-01-01T00:00:00Z'::timestamptz + n * interval '1 hour', 'e' || n, 'o' || n, 'r' || n, 'f' || n,
                    'a' || n, 'p' || n, lpad(n::text, 32, '0')::uuid from generate_series(1, 4) n
                """)
            try await core.withClient { client in
                let reader = PostgresAuditReader(client: client)
                let since = try #require(Instant("2026-01-01T02:00:00Z"))
                let until = try #require(Instant("2026-01-01T03:00:00Z"))
                let fills: [(inout AuditFilter) -> Void] = [
                    { $0.event = "e2" }, { $0.outcome = "o2" }, { $0.reason = "r2" }, { $0.frontEnd = "f2" },
                    { $0.actor = "a2" }, { $0.application = "p2" },
                    { $0.signIn = SignInID("00000000-0000-0000-0000-000000000002") },
                    { ($0.since, $0.until) = (since, until) },
                ]
                for fill in fills { #expect(try await reader.list(filter(fill), limit: 9).map(\.event) == ["e2"]) }
                let all = filter { for fill in fills { fill(&$0) } }
                #expect(try await reader.list(all, limit: 9).map(\.event) == ["e2"])
                for fill in fills {
                    var contradicting = filter(fill)
                    if contradicting.event == nil { contradicting.event = "e3" } else { contradicting.outcome = "o3" }
                    #expect(try await reader.list(contradicting, limit: 9).isEmpty)
                }
            }
        }
    }

    @Test func `shows one row with its place in the chain`() async throws {
        try await withCoreDatabase { core in
            try await core.withClient { client in
                let reader = PostgresAuditReader(client: client)
                let id = try await core.number("select id as n from core.audit_event")
                #expect(try await reader.show(id)?.link?.seq == nil)
                try await core.chainAudit(PostgresAuditChain(client: client))
                let shown = try #require(try await reader.show(id))
                #expect(shown.record.id == id && shown.link?.seq == 1 && shown.link?.hash.count == 32)
                #expect(try await reader.show(id + 1)?.record.id == nil)
            }
        }
    }
}

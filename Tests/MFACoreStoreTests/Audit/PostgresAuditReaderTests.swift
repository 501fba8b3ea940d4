// SPDX-License-Identifier: Apache-2.0
import MFACoreStore
import MFADomain
import Postgres
import Primitives
import TestKit
import Testing

struct PostgresAuditReaderTests {
    private static let append = Statement("test.append", "select core.audit_append($1::jsonb) as written")

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
                #expect(try await reader.list(user: alice, limit: 10).map(\.userID) == [alice])
                #expect(try await reader.list(event: "e1", limit: 10).count == 3)
                #expect(try await reader.userID(named: "nobody") == nil)
            }
        }
    }
}

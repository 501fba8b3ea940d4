// SPDX-License-Identifier: Apache-2.0
import MFACoreStore
import MFADomain
import Primitives
import TestKit
import Testing

@Suite(.serialized, .timeLimit(.minutes(3)))
struct PostgresUserDirectoryTests {
    @Test func `lists people page by page, by name or mail`() async throws {
        try await withCoreDatabase { core in
            try await core.database.run(
                """
                insert into core."user" (id, username, canonical_name, display_name, email)
                select gen_random_uuid(), 'User' || lpad(n::text, 2, '0'), 'user' || lpad(n::text, 2, '0'),
                    case when n = 3 then 'Ärger_100%' end, 'u' || n || '@Example.org'
                from generate_series(1, 5) n
                """)
            try await core.withClient { client in
                let directory = PostgresUserDirectory(client: client)
                let first = try await directory.list(search: nil, after: nil, limit: 2)
                #expect(first.map(\.username) == ["User01", "User02"])
                let next = try await directory.list(search: nil, after: "user02", limit: 10)
                #expect(next.map(\.canonicalName) == ["user03", "user04", "user05"])
                #expect(try await directory.list(search: "ser04", after: nil, limit: 10).count == 1)
                let byMail = try await directory.list(search: "u5@example", after: nil, limit: 10)
                #expect(byMail.map(\.username) == ["User05"])
                // What looks like a pattern is taken as it stands.
                #expect(try await directory.list(search: "%", after: nil, limit: 10).map(\.username) == ["User03"])
                #expect(try await directory.list(search: "'; drop table", after: nil, limit: 10).isEmpty)
            }
        }
    }

    @Test func `finds a person by name and by id`() async throws {
        try await withCoreDatabase { core in
            try await core.withCopy { copy in
                let token = try await core.makeToken("alice", by: copy)
                let directory = PostgresUserDirectory(client: copy.client)
                let name = try #require(CanonicalName("ALICE"))
                #expect(try await directory.find(name)?.id == token.user)
                #expect(try await directory.find(token.user)?.username == "alice")
                #expect(try await directory.find(SystemRandomSource().identifier(IdentifierSubject.User.self)) == nil)
            }
        }
    }

    // R28: a late sign-in is told as expired before anybody wrote that down.
    @Test func `tells the states of sign-ins as they stand`() async throws {
        try await withCoreDatabase { core in
            try await core.database.run(
                """
                insert into core.sign_in (id, account, application, requested, state, created_at, expires_at, decided_at)
                values ('00000000-0000-4000-8000-000000000001', 'a', 'a', 'push', 'pending', now(), now(), null),
                    ('00000000-0000-4000-8000-000000000002', 'a', 'a', 'push', 'pending', now(),
                        now() + interval '1 minute', null),
                    ('00000000-0000-4000-8000-000000000003', 'a', 'a', 'push', 'approved', now(), now(), now())
                """)
            try await core.withClient { client in
                let ids = (1...4).compactMap { SignInID("00000000-0000-4000-8000-00000000000\($0)") }
                let states = try await PostgresUserDirectory(client: client).states(of: ids)
                let sorted = states.sorted { $0.0 < $1.0 }
                #expect(sorted.map(\.0) == Array(ids.prefix(3)))
                #expect(sorted.map(\.1) == [.expired, .pending, .approved])
            }
        }
    }

    // R35's neighbour: an address that guesses passwords of many names has one budget.
    @Test func `refuses an address after thirty wrong passwords until its window ends`() async throws {
        try await withCoreDatabase { core in
            try await core.withClient { client in
                let directory = PostgresUserDirectory(client: client)
                for _ in 0..<30 {
                    #expect(try await !directory.isPasswordAddressBlocked("192.0.2.1"))
                    try await directory.recordWrongPassword(from: "192.0.2.1")
                }
                #expect(try await directory.isPasswordAddressBlocked("192.0.2.1"))
                #expect(try await !directory.isPasswordAddressBlocked("192.0.2.2"))
                try await core.database.run("update core.password_address set window_ends_at = now()")
                #expect(try await !directory.isPasswordAddressBlocked("192.0.2.1"))
                try await directory.recordWrongPassword(from: "192.0.2.1")
                #expect(try await core.number("select failures as n from core.password_address") == 1)
            }
        }
    }
}

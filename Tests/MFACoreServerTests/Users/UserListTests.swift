// SPDX-License-Identifier: Apache-2.0
import HTTPTypes
import HummingbirdTesting
import MFAAPI
import TestKit
import Testing

struct UserListTests {
    private func names(_ answer: TestResponse) -> [String] {
        answer.json?["items"]?.items.compactMap { $0["username"]?.text } ?? []
    }

    @Test func `people come in the order of their names, page by page`() async throws {
        try await CoreDoor.open { door async throws in
            for name in ["dave", "Alice", "carol", "bob", "Zoë"] { try await door.addUser(name) }
            var pages: [[String]] = []
            var query = "?limit=2"
            while true {
                let answer = try await door.send(.listUsers, query: query)
                #expect(answer.status == .ok && answer.json?.keys == ["items", "next"])
                pages.append(names(answer))
                guard let next = answer["next"], pages.count < 9 else { break }
                query = "?limit=2&cursor=\(next)"
            }
            #expect(pages == [["Alice", "bob"], ["carol", "dave"], ["Zoë"]])
            #expect(names(try await door.send(.listUsers)).count == 5)
        }
    }

    @Test func `a search finds names and mail in any spelling`() async throws {
        try await CoreDoor.open { door async throws in
            try await door.addUser("alice", ["displayName": "Alice Adams"])
            try await door.addUser("bob", ["email": "Bob@Example.org"])
            try await door.addUser("50%_off")
            for (search, found) in [
                ("ALI", ["alice"]), ("adams", ["alice"]), ("alice+a", ["alice"]), ("example.ORG", ["bob"]),
                ("%25_", ["50%_off"]), ("nobody", []), ("%27%20or%201=1--", []), ("%00", []), ("", nil),
            ] as [(String, [String]?)] {
                let answer = try await door.send(.listUsers, query: "?search=\(search)")
                #expect(answer.status == .ok, "\(search)")
                #expect(names(answer) == found ?? ["50%_off", "alice", "bob"], "\(search)")
            }
        }
    }

    @Test(arguments: [
        "limit=0", "limit=201", "limit=-1", "limit=x", "limit=", "cursor=", "cursor=***", "cursor=AA", "search=%ff",
        "offset=1", "=", "search=\(String(repeating: "x", count: 129))",
    ])
    func `a query that is none of ours is refused`(query: String) async throws {
        try await CoreDoor.open { door async throws in
            let answer = try await door.send(.listUsers, query: "?" + query)
            #expect(answer.status == .badRequest && answer.code == "invalid_request", "\(answer.text)")
        }
    }

    @Test func `a list has 50 people unless it is asked for up to 200`() async throws {
        try await CoreDoor.open { door async throws in
            try await door.database.database.run(
                """
                insert into core."user" (id, username, canonical_name)
                select gen_random_uuid(), 'u' || i, 'u' || i from generate_series(1, 201) i
                """)
            let usual = try await door.send(.listUsers)
            #expect(names(usual).count == 50 && usual["next"] != nil)
            let most = try await door.send(.listUsers, query: "?limit=200")
            #expect(names(most).count == 200 && most["next"] != nil)
            let rest = try await door.send(.listUsers, query: "?limit=200&cursor=\(most["next"] ?? "")")
            #expect(names(rest).count == 1 && rest.json?["next"] == .null)
        }
    }
}

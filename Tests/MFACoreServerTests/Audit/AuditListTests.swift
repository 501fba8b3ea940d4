// SPDX-License-Identifier: Apache-2.0
import HTTPTypes
import HummingbirdTesting
import MFAAPI
import NIOCore
import Postgres
import Primitives
import TestKit
import Testing

/// R87: the audit over HTTP, for accounts that may read it.
struct AuditListTests {
    private func events(_ answer: TestResponse) -> [String] {
        answer.json?["items"]?.items.compactMap { $0["event"]?.text } ?? []
    }

    /// Rows `e1` to `e5` of an hour each.
    private func addRows(_ door: CoreDoor) async throws {
        try await door.database.database.run(
            """
            insert into core.audit_event
                (at, event, outcome, reason, front_end, actor, application, sign_in_id, user_given, detail)
            select '2026-01-01T00:00:00Z'::timestamptz + n * interval '1 hour', 'e' || n, 'o' || n, 'r' || n, 'f' || n,
                'a' || n, 'p ' || n, lpad(n::text, 32, '0')::uuid, 'u' || n,
                jsonb_build_object('n', n::text, 'changes', jsonb_build_object('email', jsonb_build_array(null, 'x')))
            from generate_series(1, 5) n
            """)
    }

    @Test func `rows come the latest first, page by page, as the contract has them`() async throws {
        try await CoreDoor.open { door async throws in
            try await addRows(door)
            var pages: [[String]] = []
            var query = "?limit=2"
            while true {
                let answer = try await door.send(.listAudit, query: query)
                #expect(answer.status == .ok && answer.json?.keys == ["items", "next"])
                pages.append(events(answer))
                guard let next = answer["next"], pages.count < 9 else { break }
                query = "?limit=2&cursor=\(next)"
            }
            #expect(pages == [["e5", "e4"], ["e3", "e2"], ["e1", "instance.activated"]])
            let row = try #require(try await door.send(.listAudit, query: "?event=e3").json?["items"]?.items.first)
            #expect(
                row.keys == [
                    "id", "at", "event", "outcome", "reason", "frontEnd", "actor", "application", "signInId",
                    "userGiven", "detail", "changes",
                ])
            #expect(row["at"] == "2026-01-01T03:00:00.000Z" && row["detail"] == ["n": "3"])
            #expect(row["changes"] == ["email": [.null, "x"]])
        }
    }

    @Test func `each filter lets through what fits it`() async throws {
        try await CoreDoor.open { door async throws in
            try await addRows(door)
            for query in [
                "event=e2", "outcome=o2", "reason=r2", "frontEnd=f2", "actor=a2", "application=p%202",
                "application=p+2", "signIn=00000000-0000-0000-0000-000000000002",
                "since=2026-01-01T02:00:00Z&until=2026-01-01T03:00:00Z", "event=e2&actor=a2",
            ] {
                #expect(events(try await door.send(.listAudit, query: "?" + query)) == ["e2"], "\(query)")
            }
            #expect(events(try await door.send(.listAudit, query: "?event=e2&actor=a3")).isEmpty)
        }
    }

    // R17: a person is named in any spelling, and by id when removed.
    @Test func `rows about a person are found by name and by id`() async throws {
        try await CoreDoor.open { door async throws in
            let id = try await door.addUser("alice")
            for user in ["alice", "ALICE", id] {
                let answer = try await door.send(.listAudit, query: "?user=\(user)")
                #expect(events(answer) == ["user.created"], "\(user)")
            }
            let stranger = try await door.send(.listAudit, query: "?user=nobody")
            #expect(stranger.status == .ok && stranger.json == ["items": [], "next": .null])
            _ = try await door.send(.deleteUser)
            #expect(events(try await door.send(.listAudit, query: "?user=alice")).isEmpty)
            #expect(events(try await door.send(.listAudit, query: "?user=\(id)")) == ["user.deleted", "user.created"])
        }
    }

    // R87: the result in the terms of the predecessor's reports, and no character that drives a terminal.
    @Test func `a sign-in has its call result`() async throws {
        try await CoreDoor.open { door async throws in
            try await door.addUser("alice")
            try await door.addToken()
            _ = try await door.check("alice", RFC4226.passcodes[0])
            let answer = try await door.send(.listAudit, query: "?event=otp.ok")
            let row = try #require(answer.json?["items"]?.items.first)
            #expect(row["callResult"] == ["number": 23, "name": "SUCCESS_OATH_CODE_VERIFIED"])
            #expect(row["changes"] == nil && row["actor"] == "vpn" && row["signInId"]?.text != nil)
        }
    }

    // R69
    @Test func `an account that is bound to an application reads of that alone`() async throws {
        try await CoreDoor.open { door async throws in
            try await addRows(door)
            let bound = Account(name: "auditor", scopes: [.readAudit], application: "p 2")
            #expect(events(try await door.send(.listAudit, as: bound)) == ["e2"])
            #expect(events(try await door.send(.listAudit, query: "?application=p%202", as: bound)) == ["e2"])
            let other = try await door.send(.listAudit, query: "?application=p%203", as: bound)
            #expect(other.status == .forbidden && other.code == "forbidden")
        }
    }

    @Test(arguments: [
        "limit=0", "limit=201", "limit=x", "limit=", "cursor=", "cursor=***", "cursor=AA",
        "cursor=\(Base64URL.encode(Array("-1".utf8)))", "event=", "event=%00", "event=%ff", "actor=a%0Ab",
        "user=", "outcome=\(String(repeating: "x", count: 257))", "signIn=1", "since=yesterday", "since=24h",
        "until=2026-02-30T00:00:00Z", "since=0000-01-01T00:00:00Z", "until=", "before=3", "=", "search=a",
    ])
    func `a query that is none of ours is refused`(query: String) async throws {
        try await CoreDoor.open { door async throws in
            let answer = try await door.send(.listAudit, query: "?" + query)
            #expect(answer.status == .badRequest && answer.code == "invalid_request", "\(answer.text)")
        }
    }

    @Test func `a page that would be too long ends earlier and goes on`() async throws {
        try await CoreDoor.open { door async throws in
            try await door.database.database.run(
                """
                insert into core.audit_event (event, outcome, front_end, actor, detail)
                select 'long', 'done', 'cli', 'a', jsonb_build_object('text', repeat('x', 200000))
                from generate_series(1, 5)
                """)
            var counts: [Int] = []
            var query = "?event=long"
            while counts.count < 9 {
                let answer = try await door.send(.listAudit, query: query)
                #expect(answer.status == .ok && answer.body.readableBytes < 1024 * 1024)
                counts.append(events(answer).count)
                guard let next = answer["next"] else { break }
                query = "?event=long&cursor=\(next)"
            }
            #expect(counts == [2, 2, 1])
        }
    }

    /// Holds up whoever reads the audit: a partition, so that the statement itself waits and not its preparation.
    private static let hold = Statement(
        "test.hold_audit", "lock table core.audit_event_default in access exclusive mode")
    private static let held = """
        select count(*)::text as t from pg_locks where relation = 'core.audit_event_default'::regclass and not granted
            and database = (select oid from pg_database where datname = current_database())
        """

    // R97: sign-ins need the same connections.
    @Test func `few read at once, and what takes too long is given up with a sentence`() async throws {
        try await CoreDoor.open { door async throws in
            let places = max(1, door.database.configuration(.core).writeConnections / 4)
            try await PostgresClient.withClient(door.database.superuser, logger: .silent) { client in
                try await client.withTransaction(deadline: .seconds(60)) { transaction in
                    _ = try await transaction.query(Self.hold)
                    let answers = Task { () async throws -> [TestResponse] in
                        try await withThrowingTaskGroup(of: TestResponse.self) { group in
                            for _ in 0..<places { group.addTask { try await door.send(.listAudit) } }
                            return try await group.reduce(into: [TestResponse]()) { $0.append($1) }
                        }
                    }
                    try await eventually("all places are taken") { try await door.value(Self.held) == "\(places)" }
                    let further = try await door.send(.listAudit)
                    #expect(further.status == .tooManyRequests && further.headers[.retryAfter] != nil)
                    for answer in try await answers.value {
                        #expect(answer.status == .serviceUnavailable && answer["detail"]?.contains("since") == true)
                    }
                    try await transaction.rollback()
                }
            }
            #expect(try await door.send(.listAudit).status == .ok)
        }
    }
}

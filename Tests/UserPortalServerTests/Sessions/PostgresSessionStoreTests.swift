// SPDX-License-Identifier: Apache-2.0
import Postgres
import TestKit
import Testing
import UserPortalServer

@Suite struct PostgresSessionStoreTests {
    private static let pending = SessionContent.signingIn(PendingSignIn(id: "1", name: "alice", factors: ["push"]))

    private func withStore(_ body: (PostgresSessionStore, TestDatabase) async throws -> Void) async throws {
        try await withTestDatabase(from: PortalWorld.portalSchema) { database in
            try await database.withClient { client in
                try await body(PostgresSessionStore(database: client, limits: SessionLimits()), database)
            }
        }
    }

    @Test func `every statement can be prepared`() async throws {
        try await withTestDatabase(from: PortalWorld.portalSchema) { database in
            for statement in SessionStatements.all {
                try await database.run("prepare test as \(statement.sql)")
            }
        }
    }

    @Test func `keeps what it is given, until the end`() async throws {
        try await withStore { store, _ in
            let id = try await store.begin(Self.pending, after: nil)
            guard case .signingIn(var pending) = try await store.use(id) else { throw TestKitError("no session") }
            #expect(pending.name == "alice")
            pending.number = "12"
            try await store.change(id, to: .signingIn(pending))
            guard case .signingIn(let changed) = try await store.use(id) else { throw TestKitError("no session") }
            #expect(changed == pending)
            try await store.end(id)
            #expect(try await store.use(id) == nil)
        }
    }

    @Test func `a session that has ended is not revived by a late change`() async throws {
        try await withStore { store, _ in
            let id = try await store.begin(Self.pending, after: nil)
            try await store.end(id)
            try await store.change(id, to: Self.pending)
            #expect(try await store.use(id) == nil)
        }
    }

    @Test func `the new session and the end of the old one are one step`() async throws {
        try await withStore { store, _ in
            let old = try await store.begin(Self.pending, after: nil)
            let new = try await store.begin(.signedIn(SignedIn(name: "alice", ticket: "t")), after: old)
            #expect(try await store.use(old) == nil)
            #expect(try await store.use(new) != nil)
        }
    }

    @Test func `a request keeps a session alive`() async throws {
        try await withStore { store, database in
            let id = try await store.begin(Self.pending, after: nil)
            for _ in 0..<2 {
                try await database.run("update portal.session set last_used_at = last_used_at - interval '40 minutes'")
                #expect(try await store.use(id) != nil)
            }
        }
    }

    @Test func `sweeps the dead and nobody else`() async throws {
        try await withStore { store, database in
            let idle = try await store.begin(Self.pending, after: nil)
            try await database.run("update portal.session set last_used_at = last_used_at - interval '3601 seconds'")
            let old = try await store.begin(Self.pending, after: nil)
            try await database.run(
                """
                update portal.session set created_at = created_at - interval '86401 seconds'
                where last_used_at > clock_timestamp() - interval '1 minute'
                """)
            let alive = try await store.begin(Self.pending, after: nil)
            #expect(try await store.sweep() == 2)
            #expect(try await store.sweep() == 0)
            #expect(try await store.use(idle) == nil)
            #expect(try await store.use(old) == nil)
            #expect(try await store.use(alive) != nil)
        }
    }

    @Test func `knows whether it can write`() async throws {
        try await withStore { store, database in
            #expect(try await store.isWritable())
            try await database.run("drop table portal.session")
            await #expect(throws: PostgresError.self) { try await store.isWritable() }
        }
    }
}

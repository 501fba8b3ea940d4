// SPDX-License-Identifier: Apache-2.0
import MFACoreStore
import MFADomain
import TestKit
import Testing

/// F17: PostgreSQL has no room left, and says so (53100) to whoever writes. Whatever it is that finds no room, nothing is
/// decided, spent or counted, and what was asked then is answered when there is room again (R85).
@Suite(.timeLimit(.minutes(2)))
struct FullDiskTests {
    private static func fill(_ table: String, _ core: CoreDatabase) async throws {
        try await core.database.run(
            """
            create or replace function core.disk_is_full() returns trigger language plpgsql as $$
            begin
                raise exception 'could not extend file: No space left on device' using errcode = '53100';
            end
            $$;
            create trigger disk_is_full before insert or update on \(table)
                for each row execute function core.disk_is_full()
            """)
    }

    private static func empty(_ table: String, _ core: CoreDatabase) async throws {
        try await core.database.run("drop trigger disk_is_full on \(table)")
    }

    @Test(arguments: ["core.audit_event", "core.factor", "core.sign_in"])
    func `without room nobody is let in, and nothing is spent or counted`(table: String) async throws {
        try await withCoreDatabase { core in
            try await core.withCopy { copy in
                let token = try await core.makeToken("alice", by: copy)
                let rows = try await core.number("select count(*) as n from core.audit_event")
                try await Self.fill(table, core)
                let outcomes = await together(16) { index in
                    await copy.outcome(token, index % 2 == 0 ? token.passcode(counter: 0) : token.wrongPasscode)
                }
                #expect(outcomes.allSatisfy { $0 == .refused(.unavailable) }, "\(outcomes)")
                let standing = try await core.standing(of: token)
                #expect(standing.failures == 0 && standing.lastStep == nil)
                #expect(try await core.number("select count(*) as n from core.audit_event") == rows)
                #expect(try await core.number("select count(*) as n from core.sign_in") == 0)
                try await Self.empty(table, core)
                #expect(await copy.outcome(token, token.passcode(counter: 0)) == .decided(.approved))
                #expect(try await core.audit(of: token) == ["otp.ok": 1])
            }
        }
    }

    // What an administrator does is not done by halves either.
    @Test func `without room for the audit nobody is made`() async throws {
        try await withCoreDatabase { core in
            try await core.withCopy { copy in
                try await Self.fill("core.audit_event", core)
                await #expect(throws: Refusal.self) { _ = try await core.makeToken("bob", by: copy) }
                #expect(try await core.number(#"select count(*) as n from core."user""#) == 0)
                #expect(try await core.number("select count(*) as n from core.factor") == 0)
                try await Self.empty("core.audit_event", core)
                let token = try await core.makeToken("bob", by: copy)
                #expect(await copy.outcome(token, token.passcode(counter: 0)) == .decided(.approved))
            }
        }
    }
}

// SPDX-License-Identifier: Apache-2.0
import MFACoreStore
import MFADomain
import Postgres
import TestKit
import Testing

/// R91, F31: a dump that is brought back on a real server, and what the fence does to it.
@Suite(.serialized, .timeLimit(.minutes(3)))
struct RestoreFenceTests {
    private static let windows = OneTimePasswordWindows()

    private func fence(_ client: PostgresClient) -> RestoreFence {
        RestoreFence(client: client, windows: Self.windows, instance: "tests")
    }

    private static let waiting = """
        insert into core.activation (id, user_id, secret_hash, code_hash, state, created_at, expires_at)
            select gen_random_uuid(), id, '\\x01', '\\x02', 'pending', now(), now() + interval '10 minutes'
            from core."user" where username = 'carol';
        insert into core.ticket (hash, user_id, account, factor_kind, proved_at, created_at, last_used_at)
            select '\\x03', id, 'portal', 'totp', now(), now(), now() from core."user" where username = 'carol';
        insert into core.sign_in (id, user_id, account, application, requested, state, created_at, expires_at)
            select gen_random_uuid(), id, 'vpn', 'vpn', 'push', 'pending', now(), now() + interval '1 minute'
            from core."user" where username = 'carol';
        insert into core.sign_in (id, user_id, account, application, requested, is_portal, state, created_at, expires_at,
                decided_at)
            select gen_random_uuid(), id, 'portal', 'portal', 'push', true, 'approved', now(),
                now() + interval '1 minute', now() from core."user" where username = 'carol';
        insert into core.factor (id, user_id, kind, name, state, recovery_salt, recovery_cost, recovery_hashes)
            select gen_random_uuid(), id, 'recovery', 'codes', 'active', '\\x04', 14, array['\\x05'::bytea]
            from core."user" where username = 'carol';
        update core."user" set bypass_at = now(), bypass_until = now() + interval '5 minutes', bypass_by = 'cli:tests',
            bypass_reason = 'test', remembered_until = now() + interval '1 day' where username = 'carol'
        """

    private static let leftOver = """
        select (select count(*) from core.sign_in where state = 'pending')
            + (select count(*) from core.sign_in where is_portal and state = 'approved' and ticket_issued_at is null)
            + (select count(*) from core.sign_in where idempotency_key_hash is not null)
            + (select count(*) from core.ticket) + (select count(*) from core.idempotency)
            + (select count(*) from core.activation where state = 'pending')
            + (select count(*) from core."user" where bypass_at is not null)
            + (select count(*) from core."user" where remembered_until is not null)
            + (select count(*) from core.factor where cardinality(recovery_hashes) > 0) as n
        """

    /// A dump of `before` in a new database, as docs/operating/backup.md has it.
    private func withRestored(
        _ before: CoreDatabase, spend: () async throws -> Void, _ body: (CoreDatabase) async throws -> Void
    ) async throws {
        try await TemporaryFolder.with { folder in
            let dump = folder.file("countersign.dump")
            try await before.dump(to: dump)
            try await spend()
            try await withCoreDatabase(isActivated: false) { after in
                try await after.restore(from: dump)
                try await body(after)
            }
        }
    }

    @Test func `what was spent after the dump is refused behind the fence, and people come back`() async throws {
        try await withCoreDatabase { before async throws in
            try await before.withCopy { copy async throws in
                let app = try await before.makeToken("alice", isTimeBased: true, by: copy)
                let token = try await before.makeToken("bob", by: copy)
                _ = try await before.makeToken("carol", by: copy)
                try await fence(copy.client).begin()
                let seen = try #require(try await fence(copy.client).mark(1))
                try await before.database.run(Self.waiting)
                let code = app.passcodeNow
                try await withRestored(before) {
                    #expect(await copy.outcome(app, code) == .decided(.approved))
                    for counter in 0..<3 {
                        let outcome = await copy.outcome(token, token.passcode(counter: UInt64(counter)))
                        #expect(outcome == .decided(.approved))
                    }
                } _: { after async throws in
                    try await after.withCopy("restored") { restored async throws in
                        let guarding = fence(restored.client)
                        #expect(try await guarding.look().sign(of: seen) == .otherDatabase)
                        #expect(try await guarding.look().sign(of: nil) == .otherDatabase)
                        #expect(try await guarding.mark(1) == nil)
                        let raised = try await guarding.raise(beyond: seen, sign: .otherDatabase)
                        #expect(
                            raised.ended == [
                                "signIns": 1, "approvals": 1, "keys": 0, "answers": 0, "tickets": 1, "activations": 1,
                                "bypasses": 1, "remembered": 1, "recoveryCodes": 1, "steps": 1, "counters": 2,
                            ])
                        #expect(try await after.number(Self.leftOver) == 0)
                        #expect(raised.seen.epoch == 2 && raised.seen.mark > seen.mark)
                        let sighting = try await guarding.look()
                        #expect(sighting.sign(of: seen) == nil && sighting.sign(of: raised.seen) == nil)
                        #expect(sighting.isFencedJustNow)

                        #expect(await restored.outcome(app, code) == .decided(.denied))
                        let step = try await after.number(
                            "select floor(extract(epoch from clock_timestamp()) / 30)::bigint as n")
                        let spent = try #require(try await after.standing(of: app).lastStep)
                        #expect(spent == step + 1 || spent == step, "everything that could have been accepted")
                        for counter in 0...10 {
                            let outcome = await restored.outcome(token, token.passcode(counter: UInt64(counter)))
                            #expect(outcome == .decided(.denied), "\(counter)")
                        }
                        #expect(await restored.outcome(token, token.passcode(counter: 11)) == .decided(.approved))
                        #expect(await restored.outcome(token, token.passcode(counter: 12)) == .decided(.approved))
                    }
                    let told = try await after.rows(
                        """
                        select reason, detail->>'epoch' as epoch from core.audit_event
                        where event = 'database.restored'
                        """)
                    #expect(try told.map { try $0.text("reason") } == ["other_database"])
                    #expect(try told.first?.text("epoch") == "2")
                }
            }
        }
    }

    // Without the fence it would: this is what all of it is for.
    @Test func `a restored database alone would accept a passcode twice`() async throws {
        try await withCoreDatabase { before async throws in
            try await before.withCopy { copy async throws in
                let token = try await before.makeToken("bob", by: copy)
                let code = token.passcode(counter: 0)
                try await withRestored(before) {
                    #expect(await copy.outcome(token, code) == .decided(.approved))
                } _: { after async throws in
                    try await after.withCopy("restored") { restored async throws in
                        #expect(await restored.outcome(token, code) == .decided(.approved))
                    }
                }
            }
        }
    }

    @Test func `marks rise, one after another, and only in the database that was seen`() async throws {
        try await withCoreDatabase { core async throws in
            try await core.withClient { client async throws in
                let fence = fence(client)
                #expect(try await fence.look().served == nil)
                for _ in 0..<2 { try await fence.begin() }
                let first = try #require(try await fence.mark(1))
                let second = try #require(try await fence.mark(1))
                #expect(first.epoch == 1 && first.timeline >= 1 && second.mark == first.mark + 1)
                let sighting = try await fence.look()
                #expect(sighting.served == second && sighting.place == second.place && !sighting.isFencedJustNow)
                #expect(sighting.sign(of: second) == nil)
                // As after a recovery to a moment: the rows are those of then.
                try await core.database.run("update core.restore_fence set mark = mark - 1")
                #expect(try await fence.look().sign(of: second) == .olderMark)
                #expect(try await fence.mark(2) == nil)
                try await core.database.run("update core.restore_fence set system_identifier = '1'")
                #expect(try await fence.mark(1) == nil)
                #expect(try await fence.look().sign(of: nil) == .otherServer)
            }
        }
    }

    // R85: what cannot be audited does not happen.
    @Test func `a fence is raised as a whole or not at all`() async throws {
        try await withCoreDatabase { core async throws in
            try await core.withCopy { copy async throws in
                _ = try await core.makeToken("carol", by: copy)
                try await core.database.run(Self.waiting)
                let before = try await core.number(Self.leftOver)
                #expect(before > 0)
                try await core.database.run(
                    "revoke execute on function core.audit_append(jsonb) from \(CoreDatabase.roleName(.core))")
                await #expect(throws: PostgresError.self) {
                    _ = try await fence(copy.client).raise(beyond: nil, sign: nil)
                }
                #expect(try await core.number(Self.leftOver) == before)
                #expect(try await fence(copy.client).look().served == nil)
            }
        }
    }
}

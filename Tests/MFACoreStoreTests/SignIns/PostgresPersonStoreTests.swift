// SPDX-License-Identifier: Apache-2.0
import MFACoreStore
import MFADomain
import Postgres
import Primitives
import Synchronization
import TestKit
import Testing

/// Decisions in a transaction of their own.
@Suite(.serialized, .timeLimit(.minutes(3)))
struct PostgresPersonStoreTests {
    private let caller = Caller(account: "vpn", frontEnd: "sdk")

    @Test func `announces what somebody may wait for, and nothing else`() async throws {
        try await withCoreDatabase { core in
            try await core.withCopy { copy in
                let token = try await core.makeToken("alice", by: copy)
                _ = try await copy.check(token, token.passcode(counter: 0))
                let request = SignInRequest(
                    userGiven: "alice", requested: .passcode, passcode: nil, application: "vpn", clientAddress: "")
                let waiting = try await copy.signIns.start(request, caller: caller)
                #expect(copy.announced.all.isEmpty)
                let keeping = AnswerKeeping<SignInView>(status: 200) { _ in [] }
                _ = try await copy.signIns.cancel(waiting.id, caller: caller, keeping: keeping)
                #expect(copy.announced.all.map(\.id) == [waiting.id])
                #expect(copy.announced.all.map(\.state) == [.cancelled])
            }
        }
    }

    @Test func `keeps what a rule wrote, and nothing of a rule that refused`() async throws {
        try await withCoreDatabase { core in
            try await core.withCopy { copy in
                let token = try await core.makeToken("alice", by: copy)
                await #expect(throws: Refusal(.forbidden, reason: "")) {
                    try await copy.store.decide(.user(token.user), reading: PersonReading(), caller: caller) {
                        personCase throws(Refusal) in
                        guard var user = personCase.user else { return }
                        user.displayName = "Mallory"
                        personCase.record(.updateUser(user))
                        personCase.record(.act("test.refused", on: user.id))
                        throw Refusal(.forbidden, reason: "")
                    }
                }
                #expect(try await core.rows(#"select 1 from core."user" where display_name is not null"#).isEmpty)
                #expect(try await core.audit(of: token).isEmpty)
            }
        }
    }

    // R32: in the transaction of the operation, so a nonce that was seen undoes what came with it.
    @Test func `refuses a nonce that was spent, with everything that came with it`() async throws {
        try await withCoreDatabase { core in
            try await core.withCopy { copy in
                let token = try await core.makeToken("alice", by: copy)
                let results = await together(8) { number -> Refusal.Code? in
                    do throws(Refusal) {
                        try await copy.store.decide(.user(token.user), reading: PersonReading(), caller: caller) {
                            personCase throws(Refusal) in
                            personCase.record(.spendNonce([1, 2, 3], expiresAt: personCase.now + .seconds(60)))
                            personCase.record(.act("test.\(number)", on: token.user))
                        }
                        return nil
                    } catch {
                        return error.code
                    }
                }
                #expect(results.filter { $0 == nil }.count == 1)
                #expect(results.filter { $0 == .unauthenticated }.count == 7)
                #expect(try await core.audit(of: token).values.reduce(0, +) == 1)
            }
        }
    }

    // R72: one that holds the person's lock is perhaps the same request.
    @Test func `says that a request is in progress when its lock is not to be had`() async throws {
        try await withCoreDatabase { core in
            try await core.database.run(
                """
                alter role \(CoreDatabase.roleName(.core)) in database \(core.database.name)
                set lock_timeout = '200ms'
                """)
            try await core.withCopy { copy in
                let token = try await core.makeToken("alice", by: copy)
                let keyed = Caller(
                    account: "vpn", frontEnd: "sdk", idempotency: IdempotencyMark(keyHash: [1], requestHash: [2]))
                try await core.withLock(on: token) {
                    for (caller, code) in [(keyed, Refusal.Code.inProgress), (caller, .unavailable)] {
                        await #expect(throws: Refusal(code, reason: "")) {
                            try await copy.store.decide(.user(token.user), reading: PersonReading(), caller: caller) {
                                _ in
                            }
                        }
                    }
                }
            }
        }
    }

    @Test func `decides on the person it locked when a name changes hands meanwhile`() async throws {
        try await withCoreDatabase { core in
            try await core.withCopy { copy in
                let alice = try await core.makeToken("alice", by: copy)
                let bob = try await core.makeToken("bob", by: copy)
                let seen = Mutex<[UserID?]>([])
                let name = try #require(CanonicalName("alice"))
                async let decided: Void = core.database.withClient { other in
                    try await other.withTransaction { transaction in
                        _ = try await transaction.query(Self.rename, [.id(alice.user), .text("alicia")])
                        _ = try await transaction.query(Self.rename, [.id(bob.user), .text("alice")])
                        // The decision below is waiting for alice's row by the time this commits.
                        try await eventually("somebody waits for the row") {
                            try await core.number(
                                """
                                select count(*) as n from pg_stat_activity
                                where datname = '\(core.database.name)' and wait_event_type = 'Lock'
                                """) == 1
                        }
                    }
                }
                try await eventually("the names are being changed") {
                    try await core.number(
                        """
                        select count(*) as n from pg_stat_activity where datname = '\(core.database.name)'
                        and backend_xid is not null and usename = 'postgres'
                        """) == 1
                }
                try await copy.store.decide(.name(name), reading: PersonReading(), caller: caller) {
                    personCase throws(Refusal) in
                    let id = personCase.user?.id
                    seen.withLock { $0.append(id) }
                }
                try await decided
                #expect(seen.withLock { $0 } == [bob.user])
                // A row that was locked remembers by whom.
                #expect(
                    try await core.number(
                        #"select xmax::text::bigint as n from core."user" where canonical_name = 'alice'"#) > 0)
            }
        }
    }

    private static let rename = Statement("test.rename", #"update core."user" set canonical_name = $2 where id = $1"#)

    // R93: nothing is evaluated or counted where host and database disagree about the time.
    @Test func `decides nothing when the clocks disagree`() {
        let clock = ClockSanity()
        let now = WallClock.now()
        for (offset, isSane) in [(0, true), (1900, true), (-1900, true), (2100, false), (-2100, false), (0, true)] {
            #expect(clock.judge(database: now + .milliseconds(offset), sent: now, received: now) == isSane)
            #expect(clock.isSane == isSane)
        }
    }
}

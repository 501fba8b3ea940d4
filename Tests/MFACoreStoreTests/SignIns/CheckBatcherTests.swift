// SPDX-License-Identifier: Apache-2.0
import MFACoreStore
import MFADomain
import Postgres
import Primitives
import TestKit
import Testing

/// One batch at a time, and nobody in it pays for another one (architecture.md §5).
@Suite(.serialized, .timeLimit(.minutes(5)))
struct CheckBatcherTests {
    /// Queues checks before the copy serves any, so that they go together, and then serves them.
    private func batch<R: Sendable>(
        _ count: Int, on copy: CoreCopy, _ body: @escaping @Sendable (Int) async -> R
    ) async throws -> [R] {
        let (beginnings, begin) = AsyncStream<Void>.makeStream()
        return try await withThrowingTaskGroup(of: [R]?.self) { group in
            group.addTask {
                await together(count) { index in
                    begin.yield()
                    return await body(index)
                }
            }
            var queued = beginnings.makeAsyncIterator()
            for _ in 0..<count { await queued.next() }
            group.addTask {
                try await copy.store.run()
                return nil
            }
            defer { group.cancelAll() }
            return try await group.next().flatMap { $0 } ?? []
        }
    }

    @Test func `decides many people's checks, each by their own factor`() async throws {
        try await withCoreDatabase { core in
            try await core.withCopy(isRunning: false) { copy in
                var tokens: [Token] = []
                for number in 0..<12 { tokens.append(try await core.makeToken("user\(number)", by: copy)) }
                let all = tokens
                // Every third sends the code of the next person.
                let outcomes = try await batch(12, on: copy) { index in
                    let owner = index % 3 == 0 ? all[(index + 1) % 12] : all[index]
                    return await copy.outcome(all[index], owner.passcode(counter: 0))
                }
                for (index, outcome) in outcomes.enumerated() {
                    // R30
                    #expect(outcome == .decided(index % 3 == 0 ? .denied : .approved))
                    let standing = try await core.standing(of: all[index])
                    #expect(standing.lastStep == (index % 3 == 0 ? nil : 0))
                    #expect(standing.failures == (index % 3 == 0 ? 1 : 0))
                }
            }
        }
    }

    @Test func `decides several checks of one person one after another`() async throws {
        try await withCoreDatabase { core in
            try await core.withCopy(isRunning: false) { copy in
                let token = try await core.makeToken("alice", by: copy)
                let outcomes = try await batch(6, on: copy) { _ in
                    await copy.outcome(token, token.passcode(counter: 3))
                }
                #expect(outcomes.filter { $0 == .decided(.approved) }.count == 1)
                #expect(try await core.standing(of: token).lastStep == 3)
                #expect(try await core.audit(of: token) == ["otp.ok": 1, "otp.replay": 5])
            }
        }
    }

    // R19: unknown and impossible names go the same way, with an audit row.
    @Test func `refuses names that nobody has`() async throws {
        try await withCoreDatabase { core in
            try await core.withCopy { copy in
                let known = try await core.makeToken("alice", by: copy)
                for name in ["mallory", "", "a\u{0}b", String(repeating: "x", count: 2000)] {
                    let token = Token(
                        user: known.user, name: name, factor: known.factor, secret: known.secret, isTimeBased: false)
                    #expect(await copy.outcome(token, "123456") == .decided(.denied))
                }
                #expect(
                    try await core.number("select count(*) as n from core.audit_event where event = 'otp.unknown_user'")
                        == 4)
            }
        }
    }

    @Test func `answers the others while one person is locked elsewhere, and that one when the lock goes`() async throws
    {
        try await withCoreDatabase { core in
            try await core.withCopy { copy in
                let alice = try await core.makeToken("alice", by: copy)
                let bob = try await core.makeToken("bob", by: copy)
                async let waiting = copy.outcome(alice, alice.passcode(counter: 0))
                try await core.withLock(on: alice) {
                    for counter in 0..<20 as Range<UInt64> {
                        #expect(await copy.outcome(bob, bob.passcode(counter: counter)) == .decided(.approved))
                    }
                }
                #expect(await waiting == .decided(.approved))
                #expect(try await core.standing(of: alice).lastStep == 0)
            }
        }
    }

    // R22
    @Test func `gives up on a person who stays locked, within two seconds, and counts nothing`() async throws {
        try await withCoreDatabase { core in
            try await core.withCopy { copy in
                let alice = try await core.makeToken("alice", by: copy)
                let bob = try await core.makeToken("bob", by: copy)
                try await core.withLock(on: alice) {
                    let begin = ContinuousClock.now
                    async let waiting = together(16) { _ in await copy.outcome(alice, alice.passcode(counter: 0)) }
                    for counter in 0..<20 as Range<UInt64> {
                        #expect(await copy.outcome(bob, bob.passcode(counter: counter)) == .decided(.approved))
                    }
                    #expect(await waiting.allSatisfy { $0 == .refused(.unavailable) })
                    // Two seconds are the rule; the rest is for a busy machine.
                    #expect(ContinuousClock.now - begin < .seconds(4))
                }
                let standing = try await core.standing(of: alice)
                #expect(standing.failures == 0)
                #expect(standing.lastStep == nil)
                #expect(await copy.outcome(alice, alice.passcode(counter: 0)) == .decided(.approved))
            }
        }
    }

    @Test func `lets only the member fail whose values the database refuses`() async throws {
        try await withCoreDatabase { core in
            try await core.withCopy(isRunning: false) { copy in
                var tokens: [Token] = []
                for number in 0..<5 { tokens.append(try await core.makeToken("user\(number)", by: copy)) }
                let all = tokens
                let outcomes = try await batch(5, on: copy) { index in
                    guard index != 2 else { return await copy.poison(all[2]) }
                    return await copy.outcome(all[index], all[index].passcode(counter: 0))
                }
                for (index, outcome) in outcomes.enumerated() {
                    #expect(outcome == (index == 2 ? .refused(.unavailable) : .decided(.approved)))
                }
                for (index, token) in all.enumerated() where index != 2 {
                    #expect(try await core.audit(of: token) == ["otp.ok": 1])
                }
            }
        }
    }

    @Test func `runs a batch once more after a serialization failure, and not a third time`() async throws {
        try await withCoreDatabase { core in
            try await core.withCopy { copy in
                let token = try await core.makeToken("alice", by: copy)
                try await core.failUpdates(upTo: 1, with: "raise exception 'race' using errcode = '40001'")
                #expect(await copy.outcome(token, token.passcode(counter: 0)) == .decided(.approved))
                #expect(try await core.number("select last_value as n from public.updates") == 2)
                try await core.failUpdates(upTo: 2, with: "raise exception 'race' using errcode = '40P01'")
                #expect(await copy.outcome(token, token.passcode(counter: 1)) == .refused(.unavailable))
                #expect(try await core.standing(of: token).lastStep == 0)
                #expect(await copy.outcome(token, token.passcode(counter: 1)) == .decided(.approved))
            }
        }
    }

    // F3, R22
    @Test func `consumes and counts nothing when the connection dies before the commit`() async throws {
        try await withCoreDatabase { core in
            try await core.withCopy { copy in
                let token = try await core.makeToken("alice", by: copy)
                for passcode in [token.passcode(counter: 0), token.wrongPasscode] {
                    try await core.failUpdates(upTo: 1, with: "perform pg_terminate_backend(pg_backend_pid())")
                    #expect(await copy.outcome(token, passcode) == .refused(.unavailable))
                    #expect(try await core.standing(of: token).failures == 0)
                    #expect(try await core.standing(of: token).lastStep == nil)
                    #expect(try await core.audit(of: token).isEmpty)
                }
                #expect(await copy.outcome(token, token.passcode(counter: 0)) == .decided(.approved))
            }
        }
    }

    // R90, R72, F2
    @Test func `never reports a commit whose answer was lost, and tells a retry what became of it`() async throws {
        try await withCoreDatabase { core in
            let proxy = try FaultProxy(to: core.database.cluster.port)
            defer { proxy.stop() }
            try await core.withCopy(through: proxy) { copy in
                let token = try await core.makeToken("alice", by: copy)
                let code = token.passcode(counter: 0)
                let mark = IdempotencyMark(keyHash: [1], requestHash: [2])
                proxy.loseReply(to: "commit\u{0}")
                #expect(await copy.outcome(token, code, mark: mark) == .refused(.unavailable))
                #expect(proxy.hasLostReply)
                #expect(try await core.standing(of: token).lastStep == 0)
                #expect(try await core.audit(of: token) == ["otp.ok": 1])
                #expect(await copy.outcome(token, code, mark: mark) == .decided(.approved))
                #expect(try await core.audit(of: token) == ["otp.ok": 1])
                #expect(await copy.outcome(token, code) == .decided(.denied))
            }
        }
    }

    // R85
    @Test func `accepts and consumes nothing without its audit row`() async throws {
        try await withCoreDatabase { core in
            try await core.withCopy { copy in
                let token = try await core.makeToken("alice", by: copy)
                let role = CoreDatabase.roleName(.core)
                try await core.database.run("revoke execute on function core.audit_append(jsonb) from \(role)")
                #expect(await copy.outcome(token, token.passcode(counter: 0)) == .refused(.unavailable))
                #expect(await copy.outcome(token, token.wrongPasscode) == .refused(.unavailable))
                let standing = try await core.standing(of: token)
                #expect(standing.failures == 0)
                #expect(standing.lastStep == nil)
                #expect(try await core.number("select count(*) as n from core.sign_in") == 0)
                try await core.database.run("grant execute on function core.audit_append(jsonb) to \(role)")
                #expect(await copy.outcome(token, token.passcode(counter: 0)) == .decided(.approved))
            }
        }
    }

    // R72
    @Test func `gives the same key the same decision, and another request none`() async throws {
        try await withCoreDatabase { core in
            try await core.withCopy { copy in
                let token = try await core.makeToken("alice", by: copy)
                let mark = IdempotencyMark(keyHash: [1], requestHash: [2])
                let first = try await copy.check(token, token.passcode(counter: 0), mark: mark)
                let again = try await copy.check(token, token.passcode(counter: 0), mark: mark)
                #expect(again.id == first.id)
                #expect(again.state == .approved)
                let other = IdempotencyMark(keyHash: [1], requestHash: [3])
                #expect(
                    await copy.outcome(token, token.passcode(counter: 1), mark: other)
                        == .refused(.idempotencyMismatch))
                #expect(try await core.standing(of: token).lastStep == 0)
                // A day later the key is free.
                try await core.database.run("update core.sign_in set created_at = created_at - interval '25 hours'")
                let fresh = try await copy.check(token, token.passcode(counter: 1), mark: other)
                #expect(fresh.id != first.id)
                #expect(fresh.state == .approved)
            }
        }
    }

    @Test func `goes on when callers go away`() async throws {
        try await withCoreDatabase { core in
            try await core.withCopy(isRunning: false) { copy in
                let token = try await core.makeToken("alice", by: copy)
                let bob = try await core.makeToken("bob", by: copy)
                let gone = Task { await copy.outcome(token, token.passcode(counter: 0)) }
                gone.cancel()
                #expect(await gone.value == .refused(.unavailable))
                let outcomes = try await batch(2, on: copy) { index in
                    index == 0
                        ? await copy.outcome(token, token.passcode(counter: 1))
                        : await copy.outcome(bob, bob.passcode(counter: 0))
                }
                #expect(outcomes == [.decided(.approved), .decided(.approved)])
                // Whoever was gone before their turn was never tried.
                #expect(try await core.audit(of: token) == ["otp.ok": 1])
            }
        }
    }

    @Test func `refuses at once what does not fit the queue, and everything once it is stopped`() async throws {
        try await withCoreDatabase { core in
            try await core.withCopy(isRunning: false) { copy in
                let token = try await core.makeToken("alice", by: copy)
                let places = 4096
                await withTaskGroup(of: CoreCopy.Outcome.self) { group in
                    for _ in 0..<(places + 50) { group.addTask { await copy.outcome(token, "000000") } }
                    // Nobody serves the queue, so these are the ones that found it full.
                    for _ in 0..<50 { #expect(await group.next() == .refused(.unavailable)) }
                    group.cancelAll()
                }
                let running = Task { try await copy.store.run() }
                running.cancel()
                _ = await running.result
                #expect(await copy.outcome(token, token.passcode(counter: 0)) == .refused(.unavailable))
                #expect(try await core.audit(of: token).isEmpty)
            }
        }
    }
}

extension CoreCopy {
    /// A check whose row no column takes.
    fileprivate func poison(_ token: Token) async -> Outcome {
        let id: SignInID = SystemRandomSource().identifier()
        guard let name = CanonicalName(token.name) else { return .refused(.malformed) }
        do throws(Refusal) {
            return try await store.check(
                .name(name), reading: PersonReading(), caller: Caller(account: "vpn", frontEnd: "sdk")
            ) { personCase throws(Refusal) in
                personCase.record(
                    .insertSignIn(
                        SignIn(
                            id: id, userID: token.user, account: "vpn", application: "vpn", clientAddress: "",
                            requested: .passcode, answers: 100_000, createdAt: personCase.now,
                            expiresAt: personCase.now)))
                return .decided(.pending)
            }
        } catch {
            return .refused(error.code)
        }
    }
}

extension CoreDatabase {
    /// Lets the next `count` updates of factors end with `statement`.
    fileprivate func failUpdates(upTo count: Int, with statement: String) async throws {
        try await database.run(
            """
            drop trigger if exists fail on core.factor;
            drop sequence if exists public.updates;
            create sequence public.updates;
            create or replace function public.fail() returns trigger language plpgsql security definer as $$
            begin
                if nextval('public.updates') <= \(count) then \(statement); end if;
                return new;
            end
            $$;
            create trigger fail before update on core.factor for each row execute function public.fail();
            """)
    }
}

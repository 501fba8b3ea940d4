// SPDX-License-Identifier: Apache-2.0
import MFADomain
import Primitives
import TestKit
import Testing

/// Nothing is decided for a caller that said it would be gone by now (architecture.md §2, `Countersign-Deadline`).
@Suite(.serialized, .timeLimit(.minutes(1)))
struct CallerPatienceTests {
    /// What somebody asks for.
    enum Wish: CaseIterable, Sendable {
        case check, question, prompt

        func request(_ token: Token, counter: UInt64 = 0) -> SignInRequest {
            SignInRequest(
                userGiven: token.name, requested: self == .prompt ? .push : .passcode,
                passcode: self == .check ? token.passcode(counter: counter) : nil, application: "vpn",
                clientAddress: "")
        }

        /// What it leads to in time.
        var state: SignInState { self == .check ? .approved : .pending }
    }

    private func start(_ request: SignInRequest, _ caller: Caller, on copy: CoreCopy) async -> CoreCopy.Outcome {
        do throws(Refusal) {
            return .decided(try await copy.signIns.start(request, caller: caller).state)
        } catch {
            return .refused(error.code)
        }
    }

    /// A person with a token and a phone.
    private func makePerson(_ core: CoreDatabase, by copy: CoreCopy) async throws -> Token {
        let alice = try await core.makeToken("alice", by: copy)
        _ = try await core.rows(
            """
            insert into core.factor (id, user_id, kind, name, state, public_key, platform)
            values (gen_random_uuid(), '\(alice.user)', 'device', 'phone', 'active', '\\x00', 'test')
            """)
        return alice
    }

    private func prompts(_ core: CoreDatabase) async throws -> Int64 {
        try await core.number("select count(*) as n from core.audit_event where event = 'push.started'")
    }

    // R22: whoever gave up early is refused and not counted, while the other one is still waited with.
    @Test(arguments: Wish.allCases)
    func `gives up on a locked person when the caller does, and not before`(wish: Wish) async throws {
        try await withCoreDatabase { core in
            try await core.withCopy { copy in
                let alice = try await makePerson(core, by: copy)
                let request = wish.request(alice)
                async let patient = start(request, Self.caller(waiting: .seconds(10)), on: copy)
                try await core.withLock(on: alice) {
                    let hasty = await start(request, Self.caller(waiting: .milliseconds(100)), on: copy)
                    #expect(hasty == .refused(.unavailable))
                }
                #expect(await patient == .decided(wish.state))
                #expect(try await core.standing(of: alice).failures == 0)
                #expect(try await core.number("select count(*) as n from core.sign_in") == 1)
                #expect(try await prompts(core) == (wish == .prompt ? 1 : 0))
            }
        }
    }

    // R97: however a request was held up on its way, nothing is done for a caller that is gone, least of all a prompt.
    @Test(arguments: Wish.allCases)
    func `what comes after its caller's deadline, by the database's clock, has no effect`(wish: Wish) async throws {
        try await withCoreDatabase { core in
            try await core.withCopy { copy in
                let alice = try await makePerson(core, by: copy)
                let micros = "select (extract(epoch from clock_timestamp()) * 1000000)::bigint as n"
                let now = Instant(microseconds: try await core.number(micros))
                for (left, isDone) in [(Duration.seconds(-1), false), (.seconds(60), true)] {
                    let caller = Caller(account: "vpn", frontEnd: "sdk", expiresAt: now + left)
                    let outcome = await start(wish.request(alice, counter: isDone ? 0 : 3), caller, on: copy)
                    #expect(outcome == (isDone ? .decided(wish.state) : .refused(.unavailable)))
                    #expect(
                        try await core.number("select count(*) as n from core.sign_in") == (isDone ? 1 : 0))
                    #expect(try await prompts(core) == (isDone && wish == .prompt ? 1 : 0))
                    #expect(try await core.standing(of: alice).failures == 0)
                }
            }
        }
    }

    private static func caller(waiting patience: Duration) -> Caller {
        Caller(account: "vpn", frontEnd: "sdk", patience: patience)
    }
}

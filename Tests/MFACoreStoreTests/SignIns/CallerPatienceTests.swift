// SPDX-License-Identifier: Apache-2.0
import MFADomain
import Primitives
import TestKit
import Testing

/// Nothing is decided for a caller that said it would be gone by now (architecture.md §2, `Countersign-Deadline`).
@Suite(.serialized, .timeLimit(.minutes(1)))
struct CallerPatienceTests {
    private func start(
        _ token: Token, _ passcode: String?, waiting patience: Duration?, on copy: CoreCopy
    ) async -> CoreCopy.Outcome {
        let request = SignInRequest(
            userGiven: token.name, requested: .passcode, passcode: passcode, application: "vpn", clientAddress: "")
        do throws(Refusal) {
            let caller = Caller(account: "vpn", frontEnd: "sdk", patience: patience)
            return .decided(try await copy.signIns.start(request, caller: caller).state)
        } catch {
            return .refused(error.code)
        }
    }

    // R22: whoever gave up early is refused and not counted, while the other one is still waited with.
    @Test(arguments: [true, false])
    func `gives up on a locked person when the caller does, and not before`(isCheck: Bool) async throws {
        try await withCoreDatabase { core in
            try await core.withCopy { copy in
                let alice = try await core.makeToken("alice", by: copy)
                let code = isCheck ? alice.passcode(counter: 0) : nil
                async let patient = start(alice, code, waiting: .seconds(10), on: copy)
                try await core.withLock(on: alice) {
                    #expect(await start(alice, code, waiting: .milliseconds(100), on: copy) == .refused(.unavailable))
                }
                #expect(await patient == .decided(isCheck ? .approved : .pending))
                #expect(try await core.standing(of: alice).failures == 0)
                #expect(try await core.number("select count(*) as n from core.sign_in") == 1)
            }
        }
    }

    // R97: however a request was held up on its way, nothing is done for a caller that is gone, least of all a prompt.
    @Test(arguments: [true, false])
    func `what comes after its caller's deadline, by the database's clock, has no effect`(isCheck: Bool) async throws {
        try await withCoreDatabase { core in
            try await core.withCopy { copy in
                let alice = try await core.makeToken("alice", by: copy)
                let micros = "select (extract(epoch from clock_timestamp()) * 1000000)::bigint as n"
                let now = Instant(microseconds: try await core.number(micros))
                for (left, isDone) in [(Duration.seconds(-1), false), (.seconds(60), true)] {
                    let request = SignInRequest(
                        userGiven: alice.name, requested: .passcode,
                        passcode: isCheck ? alice.passcode(counter: isDone ? 0 : 3) : nil, application: "vpn",
                        clientAddress: "")
                    let caller = Caller(account: "vpn", frontEnd: "sdk", expiresAt: now + left)
                    let outcome: CoreCopy.Outcome
                    do throws(Refusal) {
                        outcome = .decided(try await copy.signIns.start(request, caller: caller).state)
                    } catch {
                        outcome = .refused(error.code)
                    }
                    #expect(outcome == (isDone ? .decided(isCheck ? .approved : .pending) : .refused(.unavailable)))
                    #expect(
                        try await core.number("select count(*) as n from core.sign_in") == (isDone ? 1 : 0))
                    #expect(try await core.standing(of: alice).failures == 0)
                }
            }
        }
    }
}

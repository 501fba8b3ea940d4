// SPDX-License-Identifier: Apache-2.0
import MFADomain
import Primitives
import TestKit
import Testing

/// R19: many answers at once tell a stranger from a person no better than one does.
@Suite(.serialized, .timeLimit(.minutes(1)))
struct StrangerRaceTests {
    private let caller = Caller(account: "vpn", frontEnd: "sdk")

    private func start(_ name: String, on copy: CoreCopy) async throws -> SignIn {
        try await copy.signIns.start(
            SignInRequest(
                userGiven: name, requested: .passcode, passcode: nil, application: "vpn", clientAddress: ""),
            caller: caller)
    }

    private func answer(_ id: SignInID, _ passcode: String, on copy: CoreCopy) async -> CoreCopy.Outcome {
        do throws(Refusal) {
            let keeping = AnswerKeeping<SignInView>(status: 200) { _ in [] }
            let kept = try await copy.signIns.answer(id, passcode: passcode, caller: caller, keeping: keeping)
            guard case .fresh(let view) = kept else { return .refused(.alreadyDone) }
            return .decided(view.signIn.state)
        } catch {
            return .refused(error.code)
        }
    }

    // R19
    @Test func `three answers of many at once are taken, whoever is meant`() async throws {
        try await withCoreDatabase { core in
            try await core.withCopy("a") { first in
                try await core.withCopy("b") { second in
                    let token = try await core.makeToken("alice", by: first)
                    for name in ["alice", "mallory", "a\u{0}b"] {
                        let signIn = try await start(name, on: first)
                        let outcomes = await together(24) { index in
                            await answer(signIn.id, token.wrongPasscode, on: index % 2 == 0 ? first : second)
                        }
                        let counts = Dictionary(outcomes.map { ($0, 1) }, uniquingKeysWith: +)
                        #expect(
                            counts == [
                                .decided(.pending): 2, .decided(.denied): 1, .refused(.alreadyDecided): 21,
                            ], "\(name)")
                        #expect(
                            try await core.number(
                                "select count(*) as n from core.audit_event where sign_in_id = '\(signIn.id)'") == 4)
                    }
                }
            }
        }
    }
}

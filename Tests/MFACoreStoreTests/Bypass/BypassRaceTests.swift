// SPDX-License-Identifier: Apache-2.0
import MFACoreStore
import MFADomain
import Primitives
import TestKit
import Testing

/// R78: one use and no more, and a day's limit and no more, through two copies on one database.
@Suite(.serialized, .timeLimit(.minutes(3)))
struct BypassRaceTests {
    private func withTwoCopies(_ body: (CoreDatabase, [CoreCopy]) async throws -> Void) async throws {
        try await withCoreDatabase { core in
            try await core.withCopy("a") { first in
                try await core.withCopy("b") { second in
                    try await body(core, [first, second])
                }
            }
        }
    }

    @Test func `one bypass lets in one of 64 sign-ins that come at once, by either way`() async throws {
        try await withTwoCopies { core, copies in
            for round in 1...raceRounds {
                let token = try await core.makeToken("alice\(round)", by: copies[0])
                #expect(await copies[0].bypass(token, by: "round \(round)") == .issued)
                let wrong = token.wrongPasscode
                // Passcodes go with the batches, a push has a transaction of its own.
                let signIns = await together(64) { index in
                    try? await copies[index % 2].signIn(token, passcode: index % 4 < 2 ? wrong : nil)
                }
                let letIn = signIns.compactMap { $0 }.filter { $0.state == .approved }
                #expect(letIn.count == 1)
                #expect(letIn.first?.waiver == .bypass)
                let audit = try await core.audit(of: token)
                #expect(audit["bypass.used"] == 1 && audit["sign_in.waived"] == 1)
            }
        }
    }

    @Test func `an administrator's day holds so many, whoever is asked for at once`() async throws {
        try await withTwoCopies { core, copies in
            for round in 1...raceRounds {
                var tokens: [Token] = []
                for number in 0..<12 { tokens.append(try await core.makeToken("r\(round)u\(number)", by: copies[0])) }
                let all = tokens
                let outcomes = await together(12) { index in
                    await copies[index % 2].bypass(all[index], by: "day \(round)", limit: 5)
                }
                #expect(outcomes.filter { $0 == .issued }.count == 5)
                #expect(outcomes.filter { $0 == .refused(.forbidden) }.count == 7)
                #expect(
                    try await core.number(
                        "select issued as n from core.bypass_count where actor = 'day \(round)'") == 5)
            }
        }
    }
}

extension CoreCopy {
    fileprivate enum Issued: Hashable, Sendable {
        case issued
        case refused(Refusal.Code)
    }

    /// Asks for a bypass.
    fileprivate func bypass(_ token: Token, by administrator: String, limit: Int = 1000) async -> Issued {
        let service = BypassService(
            store: store, rules: BypassRules(limits: BypassLimits(perAdministratorPerDay: limit)),
            domains: IdentityDomains([]))
        do throws(Refusal) {
            _ = try await service.issue(
                for: token.name, reason: "race", lasting: .seconds(300),
                caller: Caller(account: administrator, frontEnd: "sdk"),
                keeping: AnswerKeeping(status: 201) { _ in nil })
            return .issued
        } catch {
            return .refused(error.code)
        }
    }

    /// Signs in by a passcode, or asks for a prompt.
    fileprivate func signIn(_ token: Token, passcode: String?) async throws(Refusal) -> SignIn {
        try await signIns.start(
            SignInRequest(
                userGiven: token.name, requested: passcode == nil ? .push : .passcode, passcode: passcode,
                application: "vpn", clientAddress: ""),
            caller: Caller(account: "vpn", frontEnd: "sdk"))
    }
}

// SPDX-License-Identifier: Apache-2.0
import MFACoreStore
import MFADomain
import Postgres
import Primitives
import TestKit
import Testing

/// Recovery codes in the database (R79): read, spent once, replaced whole.
@Suite(.serialized, .timeLimit(.minutes(3)))
struct RecoveryCodesTests {
    private func withTwoCopies(_ body: (CoreDatabase, [CoreCopy]) async throws -> Void) async throws {
        try await withCoreDatabase { core in
            try await core.withCopy("a") { first in
                try await core.withCopy("b") { second in
                    try await body(core, [first, second])
                }
            }
        }
    }

    private static func remaining(_ core: CoreDatabase, _ token: Token) async throws -> Int64 {
        try await core.number(
            """
            select cardinality(recovery_hashes) as n from core.factor
            where user_id = '\(token.user)' and kind = 'recovery'
            """)
    }

    @Test func `one code that comes 64 times at once is accepted once`() async throws {
        try await withTwoCopies { core, copies in
            for round in 1...raceRounds {
                let token = try await core.makeToken("alice\(round)", by: copies[0])
                let codes = try await copies[0].addRecoveryCodes(of: token)
                #expect(try await Self.remaining(core, token) == 10)
                let outcomes = await together(64) { await copies[$0 % 2].outcome(token, codes[3].text) }
                #expect(outcomes.filter { $0 == .decided(.approved) }.count == 1)
                #expect(outcomes.filter { $0 == .decided(.denied) }.count == 63)
                #expect(try await core.audit(of: token) == ["recovery.ok": 1, "recovery.wrong_code": 63])
                #expect(try await Self.remaining(core, token) == 9)
                #expect(await copies[1].outcome(token, codes[4].text) == .decided(.approved))
                #expect(try await core.standing(of: token).failures == 0, "the token has nothing to do with it")
            }
        }
    }

    // R14
    @Test func `100 wrong codes at once are evaluated ten times and no more`() async throws {
        let strict = SignInSettings(limits: FailureLimits(softLimit: 10, firstDelay: .seconds(3600)))
        try await withCoreDatabase { core in
            try await core.withCopy(settings: strict) { copy in
                let token = try await core.makeToken("bob", by: copy)
                let codes = try await copy.addRecoveryCodes(of: token)
                let wrong = RecoveryCode(from: SystemRandomSource()).text
                let outcomes = await together(100) { _ in await copy.outcome(token, wrong) }
                #expect(outcomes.allSatisfy { $0 == .decided(.denied) })
                #expect(try await core.audit(of: token) == ["recovery.wrong_code": 10, "recovery.locked": 90])
                #expect(await copy.outcome(token, codes[0].text) == .decided(.denied))
                #expect(try await Self.remaining(core, token) == 10)
            }
        }
    }

    @Test func `salt and cost are found by name and by sign-in, and a new set has others`() async throws {
        try await withCoreDatabase { core in
            try await core.withCopy { copy in
                let directory = PostgresUserDirectory(client: copy.client)
                let token = try await core.makeToken("carol", by: copy)
                let name = try #require(CanonicalName("CAROL"))
                #expect(try await directory.recoverySalt(of: .name(name)) == nil)
                let codes = try await copy.addRecoveryCodes(of: token)
                let first = try #require(try await directory.recoverySalt(of: .name(name)))
                #expect(first.salt.count == 16 && first.cost == 14)
                let started = try await copy.signIns.start(
                    SignInRequest(
                        userGiven: "carol", requested: .passcode, passcode: nil, application: "vpn", clientAddress: ""),
                    caller: Caller(account: "vpn", frontEnd: "sdk"))
                #expect(try await directory.recoverySalt(of: .signIn(started.id)) == first)
                for nobody in [PersonSubject.impossibleName, .nobody, .user(token.user)] {
                    #expect(try await directory.recoverySalt(of: nobody) == nil)
                }
                let renewed = try await copy.addRecoveryCodes(of: token)
                #expect(try await directory.recoverySalt(of: .name(name)) != first)
                #expect(await copy.outcome(token, codes[0].text) == .decided(.denied))
                #expect(await copy.outcome(token, renewed[0].text) == .decided(.approved))
                #expect(
                    try await core.number("select count(*) as n from core.factor where kind = 'recovery'") == 1)
            }
        }
    }

    @Test func `the database takes no set without its parts, and no second one`() async throws {
        try await withCoreDatabase { core in
            try await core.withCopy { copy in
                let token = try await core.makeToken("dave", by: copy)
                _ = try await copy.addRecoveryCodes(of: token)
                for (kind, rest) in [
                    ("recovery", ""), ("recovery", ", recovery_salt = '\\x00', recovery_cost = 14"), ("fax", ""),
                ] {
                    await #expect(throws: (any Error).self) {
                        try await core.database.run(
                            "update core.factor set kind = '\(kind)'\(rest) where id = '\(token.factor)'")
                    }
                }
                await #expect(throws: (any Error).self) {
                    try await core.database.run(
                        """
                        update core.factor set kind = 'recovery', recovery_salt = '\\x00', recovery_cost = 14,
                            recovery_hashes = '{}' where id = '\(token.factor)'
                        """)
                }
            }
        }
    }
}

extension CoreCopy {
    /// Gives the person of `token` a new set, as the service does it.
    fileprivate func addRecoveryCodes(of token: Token) async throws -> [RecoveryCode] {
        let random = SystemRandomSource()
        let codes = (0..<RecoveryCode.perSet).map { _ in RecoveryCode(from: random) }
        let hashing = RecoveryHashing(users: PostgresUserDirectory(client: client), passwords: PlainHashing())
        let state = try await hashing.state(of: codes)
        let rules = FactorRules(limits: FailureLimits(), windows: OneTimePasswordWindows())
        let id: FactorID = random.identifier()
        try await store.decide(
            .user(token.user), reading: PersonReading(), caller: Caller(account: "tests", frontEnd: "cli")
        ) { personCase throws(Refusal) in
            _ = try rules.addRecoveryCodes(state, name: "codes", id: id, in: &personCase)
        }
        return codes
    }
}

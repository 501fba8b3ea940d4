// SPDX-License-Identifier: Apache-2.0
import MFACoreStore
import MFADomain
import Postgres
import Primitives
import TestKit
import Testing

/// Many at once, through two copies on one database: the person's row is the mutex of everything.
@Suite(.serialized, .timeLimit(.minutes(5)))
struct RaceTests {
    private func withTwoCopies(
        settings: SignInSettings = .patient, _ body: (CoreDatabase, [CoreCopy]) async throws -> Void
    ) async throws {
        try await withCoreDatabase { core in
            try await core.withCopy("a", settings: settings) { first in
                try await core.withCopy("b", settings: settings) { second in
                    try await body(core, [first, second])
                }
            }
        }
    }

    private func withCopies<R>(
        _ count: Int, of core: CoreDatabase, settings: SignInSettings, _ made: [CoreCopy] = [],
        _ body: ([CoreCopy]) async throws -> R
    ) async throws -> R {
        guard made.count < count else { return try await body(made) }
        return try await core.withCopy("copy\(made.count)", settings: settings) { copy in
            try await withCopies(count, of: core, settings: settings, made + [copy], body)
        }
    }

    // R3
    @Test func `one TOTP code sent 64 times at once is accepted once`() async throws {
        try await withTwoCopies { core, copies in
            for round in 1...raceRounds {
                let token = try await core.makeToken("alice\(round)", isTimeBased: true, by: copies[0])
                let code = token.passcodeNow
                let outcomes = await together(64) { await copies[$0 % 2].outcome(token, code) }
                #expect(outcomes.filter { $0 == .decided(.approved) }.count == 1)
                #expect(outcomes.filter { $0 == .decided(.denied) }.count == 63)
                #expect(try await core.audit(of: token) == ["otp.ok": 1, "otp.replay": 63])
                // The accepted one reset the budget; whatever came after it counted.
                #expect(try await core.standing(of: token).failures <= 63)
            }
        }
    }

    // R8
    @Test func `one counter sent 64 times at once is accepted once`() async throws {
        try await withTwoCopies { core, copies in
            for round in 1...raceRounds {
                let token = try await core.makeToken("bob\(round)", by: copies[0])
                let code = token.passcode(counter: 10)
                let outcomes = await together(64) { await copies[$0 % 2].outcome(token, code) }
                #expect(outcomes.filter { $0 == .decided(.approved) }.count == 1)
                #expect(try await core.standing(of: token).lastStep == 10)
            }
        }
    }

    // R14
    @Test func `200 wrong codes at once are evaluated ten times and no more`() async throws {
        let strict = SignInSettings(limits: FailureLimits(softLimit: 10, firstDelay: .seconds(3600)))
        try await withTwoCopies(settings: strict) { core, copies in
            for round in 1...raceRounds {
                let token = try await core.makeToken("carol\(round)", by: copies[0])
                let wrong = token.wrongPasscode
                let outcomes = await together(200) { await copies[$0 % 2].outcome(token, wrong) }
                #expect(outcomes.allSatisfy { $0 == .decided(.denied) })
                #expect(try await core.audit(of: token) == ["otp.wrong_code": 10, "otp.locked": 190])
                #expect(try await core.standing(of: token).failures == 10)
                #expect(await copies[1].outcome(token, token.passcode(counter: 0)) == .decided(.denied))
                #expect(try await core.standing(of: token).lastStep == nil)
            }
        }
    }

    // R94: the budget is the database's, so that copies add no guesses and a restart forgets none.
    @Test(arguments: [1, 2, 8])
    func `however many copies are asked, ten guesses are evaluated, and a restart gives none back`(
        count: Int
    ) async throws {
        let strict = SignInSettings(limits: FailureLimits(softLimit: 10, firstDelay: .seconds(3600)))
        try await withCoreDatabase { core in
            let token = try await withCopies(count, of: core, settings: strict) { copies in
                let token = try await core.makeToken("frank", by: copies[0])
                let wrong = token.wrongPasscode
                let outcomes = await together(64) { await copies[$0 % copies.count].outcome(token, wrong) }
                #expect(outcomes.allSatisfy { $0 == .decided(.denied) })
                #expect(try await core.audit(of: token) == ["otp.wrong_code": 10, "otp.locked": 54])
                return token
            }
            try await withCopies(count, of: core, settings: strict) { copies async throws in
                for copy in copies {
                    #expect(await copy.outcome(token, token.passcode(counter: 0)) == .decided(.denied))
                }
                #expect(
                    try await core.audit(of: token) == ["otp.wrong_code": 10, "otp.locked": 54 + Int64(count)])
                #expect(try await core.standing(of: token).failures == 10)
            }
        }
    }

    // R94: what counts guesses is gone, so none is evaluated; nothing remembers one in its place.
    @Test func `without the database no guess is evaluated, and none is counted later`() async throws {
        try await withCoreDatabase { core in
            let proxy = try FaultProxy(to: core.database.cluster.port)
            defer { proxy.stop() }
            try await core.withCopy(through: proxy) { copy in
                let token = try await core.makeToken("grace", by: copy)
                let wrong = token.wrongPasscode
                proxy.cut(refusing: true)
                let outcomes = await together(20) { _ in await copy.outcome(token, wrong) }
                #expect(outcomes.allSatisfy { $0 == .refused(.unavailable) }, "\(outcomes)")
                #expect(try await core.audit(of: token).isEmpty)
                proxy.heal()
                try await eventually("the copy reaches its database again") {
                    await copy.outcome(token, token.passcode(counter: 0)) == .decided(.approved)
                }
                #expect(try await core.audit(of: token) == ["otp.ok": 1])
            }
        }
    }

    // R29: whoever decides first decides; the clock is one of them.
    @Test func `64 approvals, 64 denials and the end of time give one decision`() async throws {
        try await withTwoCopies { core, copies in
            let housekeeping = PostgresHousekeeping(
                client: copies[0].client, clock: ClockSanity(), instance: "a", retention: .seconds(86_400),
                prompts: PromptLimits(), announce: { _ in })
            for round in 1...raceRounds {
                let token = try await core.makeToken("dave\(round)", by: copies[0])
                let signIn = try await copies[0].startSignIn(token, for: .milliseconds(20 * round))
                let told = await together(130) { index -> SignInState? in
                    if index >= 128 {
                        try? await housekeeping.run()
                        return nil
                    }
                    let event: SignInEvent =
                        index % 2 == 0
                        ? .approve(token.factor, .hotp) : .deny(.deniedByUser, retryAfterSeconds: nil)
                    return await copies[index / 2 % 2].decide(signIn, event)
                }
                let row = try await core.rows("select state from core.sign_in where id = '\(signIn)'").first
                let state = try #require(try row?.text("state"))
                #expect(state != "pending")
                // Everybody who was told of a decision was told of this one.
                #expect(Set(told.compactMap { $0?.rawValue }) == [state])
                #expect(try await core.audit(of: token).values.reduce(0, +) == 1)
            }
        }
    }

    // R72
    @Test func `one key sent 32 times at once is one sign-in`() async throws {
        try await withTwoCopies { core, copies in
            for round in 1...raceRounds {
                let token = try await core.makeToken("erin\(round)", by: copies[0])
                let stranger = Token(
                    user: token.user, name: "nobody\(round)", factor: token.factor, secret: token.secret,
                    isTimeBased: false)
                for (number, somebody) in [token, stranger].enumerated() {
                    let mark = IdempotencyMark(keyHash: [UInt8(round), UInt8(number)], requestHash: [1])
                    let ids = await together(32) { index in
                        try? await copies[index % 2].check(somebody, token.passcode(counter: 0), mark: mark).id
                    }
                    #expect(Set(ids).count == 1)
                    #expect(ids.first.map { $0 != nil } == true)
                }
                #expect(try await core.audit(of: token) == ["otp.ok": 1])
            }
        }
    }
}

extension CoreCopy {
    /// Begins a sign-in that waits for so long.
    fileprivate func startSignIn(_ token: Token, for time: Duration) async throws -> SignInID {
        let id: SignInID = SystemRandomSource().identifier()
        return try await store.decide(
            .user(token.user), reading: PersonReading(), caller: Caller(account: "vpn", frontEnd: "sdk")
        ) { personCase throws(Refusal) in
            personCase.record(
                .insertSignIn(
                    SignIn(
                        id: id, userID: token.user, account: "vpn", application: "vpn", clientAddress: "",
                        requested: .passcode, createdAt: personCase.now, expiresAt: personCase.now + time)))
            return id
        }
    }

    /// Decides a sign-in unless it is decided; says what it found or made.
    fileprivate func decide(_ id: SignInID, _ event: SignInEvent) async -> SignInState? {
        try? await store.decide(
            .signIn(id), reading: PersonReading(signIn: id), caller: Caller(account: "vpn", frontEnd: "sdk")
        ) { personCase throws(Refusal) in
            guard var signIn = personCase.signIn else { throw Refusal(.notFound, reason: "") }
            guard signIn.handle(event, at: personCase.now) else { return signIn.state }
            personCase.record(.updateSignIn(signIn))
            personCase.record(AuditEvent("race.\(signIn.state)", outcome: "done", userID: signIn.userID))
            return signIn.state
        }
    }
}

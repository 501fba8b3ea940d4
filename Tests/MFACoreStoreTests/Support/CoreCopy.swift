// SPDX-License-Identifier: Apache-2.0
import Foundation
import MFACoreStore
import MFADomain
import OneTimePassword
import Postgres
import Primitives
import Synchronization
import TestKit

/// One copy of mfa-core, as far as it touches the database.
struct CoreCopy: Sendable {
    let client: PostgresClient
    let store: PostgresPersonStore
    let keys: LiveKeyring
    let signIns: SignInService
    let announced: Announced
    let rules: SignInRules

    /// What the copy said of decisions after their commits.
    final class Announced: Sendable {
        private let list = Mutex<[SignIn]>([])

        func add(_ decided: [SignIn]) { list.withLock { $0 += decided } }

        var all: [SignIn] { list.withLock { $0 } }
    }

    /// Checks a passcode as the SDK does.
    func check(_ token: Token, _ passcode: String, mark: IdempotencyMark? = nil) async throws(Refusal) -> SignIn {
        try await signIns.start(
            SignInRequest(
                userGiven: token.name, requested: .passcode, passcode: passcode, application: "vpn",
                clientAddress: ""),
            caller: Caller(account: "vpn", frontEnd: "sdk", idempotency: mark))
    }

    /// What a passcode leads to: a state, or the code of a refusal.
    func outcome(_ token: Token, _ passcode: String, mark: IdempotencyMark? = nil) async -> Outcome {
        do throws(Refusal) {
            return .decided(try await check(token, passcode, mark: mark).state)
        } catch {
            return .refused(error.code)
        }
    }

    enum Outcome: Hashable, Sendable {
        case decided(SignInState)
        case refused(Refusal.Code)
    }
}

/// A person with a one-time factor.
struct Token: Sendable {
    let user: UserID
    let name: String
    let factor: FactorID
    let secret: SecretBytes
    let isTimeBased: Bool

    /// The passcode of a counter.
    func passcode(counter: UInt64) -> String {
        HOTP.passcode(secret: secret, counter: counter, digits: 6, algorithm: .sha1).text
    }

    /// The passcode of this moment.
    var passcodeNow: String {
        TOTP.passcode(secret: secret, at: WallClock.now(), period: 30, digits: 6, algorithm: .sha1).text
    }

    /// Six digits that are no passcode of this token anywhere near now.
    var wrongPasscode: String {
        let step = UInt64(WallClock.now().seconds / 30)
        let near = Set((step - 60...step + 60).map { passcode(counter: $0) } + (0...400).map { passcode(counter: $0) })
        return (0...9).lazy.map { String(repeating: String($0), count: 6) }.first { !near.contains($0) } ?? "123123"
    }
}

extension SignInSettings {
    /// R3's soft limit: races of right passcodes are about something else than guessing.
    static let patient = SignInSettings(limits: FailureLimits(softLimit: 1000, hardCap: 10_000))
}

extension CoreDatabase {
    /// Runs `body` with a copy that serves its queue of checks, unless told to wait with that.
    func withCopy<R>(
        _ name: String = "a", keys known: LiveKeyring? = nil, through proxy: FaultProxy? = nil,
        settings: SignInSettings = .patient, isRunning: Bool = true, isolation: isolated (any Actor)? = #isolation,
        _ body: (CoreCopy) async throws -> R
    ) async throws -> R {
        var configuration = configuration(.core)
        if let proxy {
            configuration.url =
                "host=127.0.0.1 port=\(proxy.port) dbname=\(database.name) user=\(Self.roleName(.core)) sslmode=disable"
        }
        return try await PostgresClient.withClient(configuration, logger: .silent) { client in
            let announced = CoreCopy.Announced()
            let keys =
                if let known { known } else {
                    LiveKeyring(try await keyring(), store: PostgresKeyStore(client: client))
                }
            let store = PostgresPersonStore(
                client: client, keys: keys, clock: ClockSanity(), instance: name, logger: .silent,
                announce: { announced.add($0) })
            let random = SystemRandomSource()
            let rules = SignInRules(settings: settings, random: random)
            let portal = PortalRules(signIns: rules, digests: KeyedDigests(keyring: keys.present, random: random))
            let recovery = RecoveryHashing(
                users: PostgresUserDirectory(client: client), passwords: PlainHashing())
            let copy = CoreCopy(
                client: client, store: store, keys: keys,
                signIns: SignInService(
                    store: store, rules: rules, portal: portal, recovery: recovery, domains: IdentityDomains([])),
                announced: announced, rules: rules)
            guard isRunning else { return try await body(copy) }
            let running = Task { try await store.run() }
            do {
                let result = try await body(copy)
                running.cancel()
                _ = await running.result
                return result
            } catch {
                running.cancel()
                _ = await running.result
                throw error
            }
        }
    }

    /// Makes a person with a one-time factor, secret sealed as always.
    func makeToken(
        _ name: String, isTimeBased: Bool = false, of owner: Token? = nil, by copy: CoreCopy
    ) async throws -> Token {
        let random = SystemRandomSource()
        let user: UserID = random.identifier()
        let factor: FactorID = random.identifier()
        let secret = SecretBytes(random.bytes(20))
        let state = OneTimePasswordState(
            algorithm: .sha1, digits: 6, movingFactor: isTimeBased ? .time(periodSeconds: 30) : .counter,
            secret: .open(secret))
        let proposal = FactorProposal(name: "token", password: state, secret: secret, isImported: true)
        let rules = FactorRules(limits: FailureLimits(), windows: OneTimePasswordWindows())
        let users = UserRules(signIns: copy.rules)
        let subject: PersonSubject = owner.map { .user($0.user) } ?? .nobody
        let id = try await copy.store.decide(
            subject, reading: PersonReading(), caller: Caller(account: "tests", frontEnd: "cli")
        ) { personCase throws(Refusal) in
            if owner == nil {
                let made = User(id: user, username: name, canonicalName: name, createdAt: personCase.now)
                _ = users.create(made, in: &personCase)
            }
            _ = try rules.add(proposal, id: factor, in: &personCase)
            return try personCase.knownUser().id
        }
        return Token(user: id, name: name, factor: factor, secret: secret, isTimeBased: isTimeBased)
    }

    /// The rows of a query, as the superuser sees them.
    func rows(_ sql: String) async throws -> [Row] {
        try await PlainSession.open(superuser) { session in try session.run(sql) }
    }

    /// The number that a query calls `n`.
    func number(_ sql: String) async throws -> Int64 {
        try await rows(sql).first?.optionalInteger("n") ?? -1
    }

    /// How often each event stands in the audit for a person.
    func audit(of token: Token) async throws -> [String: Int64] {
        let rows = try await rows(
            """
            select event, count(*) as n from core.audit_event
            where user_id = '\(token.user)' and event not in ('user.created', 'factor.added') group by event
            """)
        var counts: [String: Int64] = [:]
        for row in rows { counts[try row.text("event")] = try row.integer("n") }
        return counts
    }

    /// Failures counted against a factor, and the last step it spent.
    func standing(of token: Token) async throws -> (failures: Int64, lastStep: Int64?) {
        let row = try await rows("select failures, last_step from core.factor where id = '\(token.factor)'").first
        return (try row?.integer("failures") ?? -1, try row?.optionalInteger("last_step"))
    }

    /// Holds the person's row, as a decision elsewhere would, while `body` runs.
    func withLock<R>(
        on token: Token, isolation: isolated (any Actor)? = #isolation, _ body: () async throws -> R
    ) async throws -> R {
        try await database.withClient { holder in
            try await holder.withTransaction(deadline: .seconds(60)) { transaction in
                _ = try await transaction.query(Self.hold, [.id(token.user)])
                return try await body()
            }
        }
    }

    private static let hold = Statement(
        "test.hold", #"select 1 from core."user" where id = $1 for no key update"#)
}

/// Rounds of a race: few in every run, many in a soak.
let raceRounds = ProcessInfo.processInfo.environment["ROUNDS"].flatMap { Int($0) } ?? 5

/// Runs `body` for each index at once, and gives back what they gave in the order of the indices.
func together<R: Sendable>(
    _ count: Int, _ body: @escaping @Sendable (Int) async -> R
) async -> [R] {
    await withTaskGroup(of: (Int, R).self) { group in
        for index in 0..<count { group.addTask { (index, await body(index)) } }
        var results: [(Int, R)] = []
        for await result in group { results.append(result) }
        return results.sorted { $0.0 < $1.0 }.map(\.1)
    }
}

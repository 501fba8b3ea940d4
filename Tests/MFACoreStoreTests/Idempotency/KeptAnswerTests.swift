// SPDX-License-Identifier: Apache-2.0
import MFACoreStore
import MFADomain
import Postgres
import Primitives
import TestKit
import Testing

/// R72: a request that comes again has one effect and one answer.
@Suite(.serialized, .timeLimit(.minutes(3)))
struct KeptAnswerTests {
    private static let key = IdempotencyMark(keyHash: [1], requestHash: [2])

    private func caller(_ mark: IdempotencyMark?, account: String = "admin") -> Caller {
        Caller(account: account, frontEnd: "sdk", idempotency: mark)
    }

    /// Makes a user and answers with bytes of chance, so that only a kept answer can be the same.
    private func create(
        _ name: String, _ copy: CoreCopy, _ caller: Caller, isOneTime: Bool = false
    ) async throws(Refusal) -> [UInt8] {
        let random = SystemRandomSource()
        let id: UserID = random.identifier()
        let (users, body) = (UserRules(signIns: copy.rules), random.bytes(32))
        let kept = try await copy.store.decide(
            .nobody, reading: PersonReading(), caller: caller,
            keeping: AnswerKeeping<UserID>(status: 201, isOneTime: isOneTime) { _ in body }
        ) { personCase throws(Refusal) in
            users.create(User(id: id, username: name, canonicalName: name, createdAt: personCase.now), in: &personCase)
                .id
        }
        switch kept {
        case .fresh: return body
        case .stored(let status, let stored):
            #expect(status == 201)
            return stored
        }
    }

    /// For tests of keys: what is kept under one key, whoever asks.
    static func keep(_ name: String, in copy: CoreCopy) async throws(Refusal) -> [UInt8] {
        try await Self().create(name, copy, Caller(account: "admin", frontEnd: "sdk", idempotency: key))
    }

    private func users(_ core: CoreDatabase) async throws -> Int64 {
        try await core.number(#"select count(*) as n from core."user""#)
    }

    @Test func `the same request gets the same bytes`() async throws {
        try await withCoreDatabase { core in
            try await core.withCopy { copy in
                let first = try await create("alice", copy, caller(Self.key))
                #expect(try await create("alice", copy, caller(Self.key)) == first)
                #expect(try await users(core) == 1)
                // Another account's key is another key.
                #expect(try await create("bob", copy, caller(Self.key, account: "other")) != first)
                let row = try await core.rows("select sealed_body from core.idempotency").first
                #expect(try row?.bytes("sealed_body").firstRange(of: first) == nil)
            }
        }
    }

    @Test func `another request under the key gets nothing`() async throws {
        try await withCoreDatabase { core in
            try await core.withCopy { copy in
                _ = try await create("alice", copy, caller(Self.key))
                let other = caller(IdempotencyMark(keyHash: [1], requestHash: [3]))
                await #expect(throws: Refusal(.idempotencyMismatch, reason: "")) {
                    try await create("bob", copy, other)
                }
                #expect(try await users(core) == 1)
            }
        }
    }

    @Test func `a one-time answer is gone after ten minutes, others after a day`() async throws {
        try await withCoreDatabase { core in
            try await core.withCopy { copy in
                let (secret, plain) = (IdempotencyMark(keyHash: [7], requestHash: [7]), Self.key)
                let oneTime = try await create("alice", copy, caller(secret), isOneTime: true)
                let kept = try await create("bob", copy, caller(plain))
                try await age(core, by: "9 minutes 50 seconds")
                #expect(try await create("alice", copy, caller(secret), isOneTime: true) == oneTime)
                try await age(core, by: "11 seconds")
                await #expect(throws: Refusal(.alreadyDone, reason: "")) {
                    try await create("alice", copy, caller(secret), isOneTime: true)
                }
                #expect(try await create("bob", copy, caller(plain)) == kept)
                try await age(core, by: "23 hours 50 minutes")
                // The keys are free: these are new requests, and the names are taken.
                for (name, mark) in [("alice", secret), ("bob", plain)] {
                    await #expect(throws: Refusal(.conflict, reason: "")) { try await create(name, copy, caller(mark)) }
                }
                #expect(try await create("carol", copy, caller(plain)) != kept)
            }
        }
    }

    private func age(_ core: CoreDatabase, by interval: String) async throws {
        try await core.database.run("update core.idempotency set created_at = created_at - interval '\(interval)'")
    }

    // Both find no answer and both begin: the second must meet the key, not the name that the first one took.
    @Test func `equal requests at once have one effect and one answer`() async throws {
        try await withCoreDatabase { core in
            try await core.withCopy("a") { first in
                try await core.withCopy("b") { second async throws in
                    for round in 1...raceRounds {
                        let mark = IdempotencyMark(keyHash: [UInt8(round)], requestHash: [2])
                        let answers = await together(16) { index in
                            do throws(Refusal) {
                                return try await create(
                                    "user\(round)", index % 2 == 0 ? first : second, caller(mark))
                            } catch {
                                Issue.record("refused: \(error.code), \(error.reason)")
                                return []
                            }
                        }
                        #expect(Set(answers).count == 1)
                        #expect(try await users(core) == Int64(round))
                    }
                }
            }
        }
    }

    @Test func `a name that is taken is a conflict`() async throws {
        try await withCoreDatabase { core in
            try await core.withCopy { copy in
                _ = try await create("alice", copy, caller(nil))
                await #expect(throws: Refusal(.conflict, reason: "")) { try await create("alice", copy, caller(nil)) }
                await #expect(throws: Refusal(.conflict, reason: "")) {
                    try await create("alice", copy, caller(Self.key))
                }
                #expect(try await core.number("select count(*) as n from core.idempotency") == 0)
            }
        }
    }
}

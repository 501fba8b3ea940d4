// SPDX-License-Identifier: Apache-2.0
import MFACoreStore
import MFADomain
import Primitives
import TestKit
import Testing

/// R82: keys turn over in a process that runs.
@Suite(.serialized, .timeLimit(.minutes(3)))
struct LiveKeyringTests {
    /// Copies that know nothing of a rotation but what they meet.
    // R82
    @Test func `a row under a key that a copy does not know is no failure, whichever way it is read`() async throws {
        try await withCoreDatabase { core in
            try await core.withCopy { copy in
                let people = try await inOrder(0..<5) { try await core.makeToken("person\($0)", by: copy) }
                #expect(copy.keys.present.keyIDs == [1])
                try await core.rotate()
                #expect(copy.keys.present.keyIDs == [1], "nobody told this copy")
                // Several at once, in batches and alone.
                let outcomes = await together(5) { await copy.outcome(people[$0], people[$0].passcode(counter: 0)) }
                #expect(outcomes.allSatisfy { $0 == .decided(.approved) }, "\(outcomes)")
                #expect(copy.keys.present.keyIDs == [1, 2] && copy.keys.present.currentKeyID == 2)
                for person in people { #expect(try await core.audit(of: person) == ["otp.ok": 1]) }
            }
            try await core.withCopy("b") { stale async throws in
                let person = try await core.makeToken("somebody", by: stale)
                try await core.rotate()
                // Not by way of the queue of checks.
                let count = try await stale.store.decide(
                    .user(person.user), reading: PersonReading(), caller: Caller(account: "tests", frontEnd: "cli")
                ) { personCase throws(Refusal) in
                    personCase.factors.count { factor in
                        if case .open = factor.oneTimePassword?.secret { true } else { false }
                    }
                }
                #expect(count == 1)
            }
        }
    }

    // R82: the database itself refuses what is sealed under a key that is gone.
    @Test func `what a copy seals under a key that was removed is sealed again under the present one`() async throws {
        try await withCoreDatabase { core in
            try await core.withCopy { copy in
                try await core.rotate()
                try await core.removeKey(1)
                #expect(copy.keys.present.currentKeyID == 1, "nobody told this copy")
                let token = try await core.makeToken("alice", by: copy)
                #expect(try await core.number("select key_id as n from core.factor") == 2)
                #expect(await copy.outcome(token, token.passcode(counter: 0)) == .decided(.approved))
            }
        }
    }

    @Test func `a kept answer is read under a key that the copy did not know`() async throws {
        try await withCoreDatabase { core in
            try await core.withCopy { copy in
                let answer = try await KeptAnswerTests.keep("alice", in: copy)
                try await core.rotate()
                #expect(try await core.number("select key_id as n from core.idempotency") == 2)
                #expect(try await KeptAnswerTests.keep("alice", in: copy) == answer)
                try await core.rotate()
                try await core.removeKey(1)
                try await core.removeKey(2)
                #expect(try await KeptAnswerTests.keep("alice", in: copy) == answer)
            }
        }
    }

    // R81: a data key that was bent fails what is under it, and nobody else.
    @Test func `a key that does not open fails its own values alone`() async throws {
        try await withCoreDatabase { core in
            try await core.withCopy { copy in
                let alice = try await core.makeToken("alice", by: copy)
                let bob = try await core.makeToken("bob", by: copy)
                try await core.database.run(
                    """
                    insert into core.data_key (id, wrapped, state)
                    select 2, set_bit(wrapped, 100, 1 - get_bit(wrapped, 100)), 'retiring' from core.data_key;
                    update core.factor set key_id = 2 where id = '\(alice.factor)'
                    """)
                let outcomes = await together(2) { index in
                    let person = index == 0 ? alice : bob
                    return await copy.outcome(person, person.passcode(counter: 0))
                }
                #expect(outcomes == [.decided(.denied), .decided(.approved)])
                #expect(try await core.audit(of: alice) == ["factor.integrity": 1, "otp.integrity": 1])
                #expect(try await core.standing(of: alice).failures == 0)
                #expect(try await copy.keys.reread().unopened == [2])
            }
        }
    }

    private func inOrder<R>(_ range: Range<Int>, _ body: (Int) async throws -> R) async throws -> [R] {
        var list: [R] = []
        for index in range { list.append(try await body(index)) }
        return list
    }
}

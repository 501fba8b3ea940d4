// SPDX-License-Identifier: Apache-2.0
import MFADomain
import Postgres
import Primitives
import TestKit
import Testing

/// R81: a sealed secret opens in its own row and nowhere else.
@Suite(.serialized, .timeLimit(.minutes(3)))
struct SealedSecretTests {
    // R81, R22
    @Test func `swapped secrets sign nobody in, and count against nobody`() async throws {
        try await withCoreDatabase { core in
            try await core.withCopy { copy in
                let alice = try await core.makeToken("alice", by: copy)
                let bob = try await core.makeToken("bob", by: copy)
                try await core.database.run(
                    """
                    update core.factor f set sealed_secret = o.sealed_secret from core.factor o
                    where (f.id, o.id) in (('\(alice.factor)', '\(bob.factor)'), ('\(bob.factor)', '\(alice.factor)'))
                    """)
                for (person, owner) in [(alice, alice), (alice, bob), (bob, alice), (bob, bob)] {
                    #expect(await copy.outcome(person, owner.passcode(counter: 0)) == .decided(.denied))
                }
                for person in [alice, bob] {
                    #expect(try await core.standing(of: person).failures == 0)
                    #expect(try await core.audit(of: person) == ["factor.integrity": 2, "otp.integrity": 2])
                }
            }
        }
    }

    // R81: one bit, another version, another key.
    @Test(arguments: [
        "sealed_secret = set_byte(sealed_secret, 20, get_byte(sealed_secret, 20) # 1)",
        "secret_version = secret_version + 1", "sealed_secret = '\\x'::bytea",
    ])
    func `a bent secret fails alone and leaves the person's other factor`(change: String) async throws {
        try await withCoreDatabase { core in
            try await core.withCopy { copy in
                let first = try await core.makeToken("alice", by: copy)
                let second = try await core.makeToken("alice", of: first, by: copy)
                try await core.database.run("update core.factor set \(change) where id = '\(first.factor)'")
                #expect(await copy.outcome(first, first.passcode(counter: 0)) == .decided(.denied))
                #expect(try await core.standing(of: first).failures == 0)
                #expect(await copy.outcome(second, second.passcode(counter: 0)) == .decided(.approved))
                #expect(try await core.standing(of: second).lastStep == 0)
            }
        }
    }

    // R81, R83
    @Test func `a secret does not stand in its row in plain form`() async throws {
        try await withCoreDatabase { core in
            try await core.withCopy { copy in
                let token = try await core.makeToken("alice", by: copy)
                let row = try await core.rows("select sealed_secret from core.factor").first
                let sealed = try #require(try row?.bytes("sealed_secret"))
                let plain = token.secret.withBytes { $0 }
                #expect(sealed.count == 12 + plain.count + 16)
                #expect(!Array(sealed.dropFirst(12).prefix(plain.count)).elementsEqual(plain))
                #expect(sealed.firstRange(of: plain) == nil)
            }
        }
    }
}

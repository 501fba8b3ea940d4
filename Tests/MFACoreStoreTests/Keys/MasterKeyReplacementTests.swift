// SPDX-License-Identifier: Apache-2.0
import MFACoreStore
import MFADomain
import Postgres
import Primitives
import TestKit
import Testing

/// Another master key over the same data keys; nothing that was made under the former one is lost.
@Suite(.serialized, .timeLimit(.minutes(3)))
struct MasterKeyReplacementTests {
    private static let caller = Caller(account: "cli:tests", frontEnd: "cli")
    private static let everything = """
        select md5(coalesce((select string_agg(k::text, '' order by id) from core.data_key k), '')
            || (select i::text from core.instance i)
            || coalesce((select string_agg(d::text, '' order by purpose) from core.derived_key d), '')) as n
        """

    private func rewrap(
        _ core: CoreDatabase, from former: MasterKey = CoreDatabase.masterKey, to new: MasterKey
    ) async throws -> PostgresKeyStore.Replacement {
        try await core.withClient {
            try await PostgresKeyStore(client: $0).rewrap(from: former, to: new, caller: Self.caller, host: "tests")
        }
    }

    private func load(_ core: CoreDatabase, _ master: MasterKey) async throws -> Keyring {
        try await core.withClient { try await PostgresKeyStore(client: $0).load(master) }
    }

    // R82
    @Test func `everything opens under the new master key, and what was derived from the first one lasts`() async throws
    {
        try await withCoreDatabase { core async throws in
            try await core.withCopy { copy async throws in
                let random = SystemRandomSource()
                let token = try await core.makeToken("alice", by: copy)
                let answer = try await KeptAnswerTests.keep("bob", in: copy)
                let before = KeyedDigests(keyring: copy.keys.present, random: random)
                let pepper = copy.keys.present.pepper.withBytes { $0 }
                let nonce = before.issue()
                let (user, mark): (UserID, _) = (
                    random.identifier(), before.mark(account: "a", key: "k", operation: "o", target: "t", body: [1])
                )
                var former = CoreDatabase.masterKey
                for _ in 0..<2 {
                    let new = MasterKey(random: random)
                    #expect(try await rewrap(core, from: former, to: new) == .done)
                    let keyring = try await load(core, new)
                    let after = KeyedDigests(keyring: keyring, random: random)
                    #expect(keyring.pepper.withBytes { $0 } == pepper)
                    #expect(after.digest(ofCode: "c", for: user) == before.digest(ofCode: "c", for: user))
                    #expect(after.open(nonce) != nil && after.open(after.issue()) != nil)
                    let again = after.mark(account: "a", key: "k", operation: "o", target: "t", body: [1])
                    #expect(again.keyHash == mark.keyHash && again.requestHash == mark.requestHash)
                    try await core.rotate(new)
                    let refused = await #expect(throws: KeyError.self) { try await load(core, former) }
                    #expect(refused?.code == .wrongMasterKey)
                    #expect(refused?.reason.contains("This master key was replaced at ") == true)
                    former = new
                }
                let fresh = LiveKeyring(try await load(core, former), store: PostgresKeyStore(client: copy.client))
                try await core.withCopy("b", keys: fresh) { restarted async throws in
                    #expect(await restarted.outcome(token, token.passcode(counter: 0)) == .decided(.approved))
                    #expect(try await KeptAnswerTests.keep("bob", in: restarted) == answer)
                }
                let events = "select count(*) as n from core.audit_event where event = 'master_key.replaced'"
                #expect(try await core.number(events) == 2)
            }
        }
    }

    @Test func `a copy that runs goes on, and holds a rotation up until it is restarted`() async throws {
        try await withCoreDatabase { core async throws in
            try await core.withCopy { copy async throws in
                let token = try await core.makeToken("alice", by: copy)
                let (copies, id): (_, CopyID) = (
                    RunningCopies(client: copy.client), SystemRandomSource().identifier()
                )
                let new = MasterKey(random: SystemRandomSource())
                #expect(try await rewrap(core, to: new) == .done)
                let reread = try await copy.keys.reread()
                #expect(reread.hasFormerMaster && reread.unopened.isEmpty && reread.keyring.keyIDs == [1])
                #expect(await copy.outcome(token, token.passcode(counter: 0)) == .decided(.approved))
                let other = try await core.makeToken("bob", by: copy)
                #expect(await copy.outcome(other, other.passcode(counter: 0)) == .decided(.approved))
                try await copies.announce(id, name: "host:1", keyring: copy.keys.present)
                let refused = await #expect(throws: KeyError.self) { try await core.rotate(new) }
                #expect(refused?.code == .copyBehind && refused?.reason.contains("host:1") == true)
                #expect(try await core.dataKeys().count == 1)
            }
        }
    }

    // F29: whichever step it was interrupted in, running it again tells.
    @Test func `done twice it is done once, and whatever is wrong changes nothing`() async throws {
        try await withCoreDatabase { core async throws in
            let (new, stranger) = (MasterKey(random: SystemRandomSource()), MasterKey(random: SystemRandomSource()))
            let before = try await core.rows(Self.everything).first?.text("n")
            for (from, to) in [(stranger, new), (CoreDatabase.masterKey, CoreDatabase.masterKey)] {
                let refused = await #expect(throws: KeyError.self) { try await rewrap(core, from: from, to: to) }
                #expect(refused?.code == .wrongMasterKey)
            }
            #expect(try await core.rows(Self.everything).first?.text("n") == before)
            #expect(try await rewrap(core, to: new) == .done)
            let after = try await core.rows(Self.everything).first?.text("n")
            #expect(after != before)
            #expect(try await rewrap(core, to: new) == .already)
            #expect(try await core.rows(Self.everything).first?.text("n") == after)
            // Bent between the two: refused as a whole, as at every start.
            try await core.database.run(
                "update core.derived_key set wrapped = set_bit(wrapped, 100, 1 - get_bit(wrapped, 100))")
            let bent = await #expect(throws: KeyError.self) { try await load(core, new) }
            #expect(bent?.code == .damaged)
        }
    }

    // R85: what cannot be audited does not happen.
    @Test func `a replacement whose audit row cannot be written leaves the former key`() async throws {
        try await withCoreDatabase { core async throws in
            let before = try await core.rows(Self.everything).first?.text("n")
            try await core.database.run(
                "revoke execute on function core.audit_append(jsonb) from \(CoreDatabase.roleName(.core))")
            await #expect(throws: PostgresError.self) {
                try await rewrap(core, to: MasterKey(random: SystemRandomSource()))
            }
            #expect(try await core.rows(Self.everything).first?.text("n") == before)
            _ = try await load(core, CoreDatabase.masterKey)
        }
    }
}

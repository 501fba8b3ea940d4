// SPDX-License-Identifier: Apache-2.0
import MFACoreStore
import MFADomain
import Postgres
import Primitives
import TestKit
import Testing

/// R82: nothing is under a key before every copy that runs knows it, and a key stays while a copy seals with it.
@Suite(.serialized, .timeLimit(.minutes(3)))
struct RunningCopiesTests {
    private let id: CopyID = SystemRandomSource().identifier()

    @Test func `a rotation waits until every copy knows the key and then until each seals with it`() async throws {
        try await withCoreDatabase { core async throws in
            try await core.withCopy { copy async throws in
                let copies = RunningCopies(client: copy.client)
                try await copies.announce(id, name: "host:1", keyring: copy.keys.present)
                let told = Told()
                let rotation = Task { try await core.rotate { told.add($0) } }
                try await eventually("it waits") { told.all.last == .waiting(copies: ["host:1"], toKnow: 2) }
                #expect(try await core.dataKeys().map(\.state) == [.current, .prepared])
                try await copy.keys.reread()
                #expect(copy.keys.present.keyIDs == [1, 2] && copy.keys.present.currentKeyID == 1)
                try await copies.announce(id, name: "host:1", keyring: copy.keys.present)
                try await eventually("it waits again") {
                    told.all.count { $0 == .waiting(copies: ["host:1"], toKnow: 2) } == 2
                }
                #expect(try await core.dataKeys().map(\.state) == [.retiring, .current])
                // What a copy that does not know better seals with the old key is brought along.
                let token = try await core.makeToken("alice", by: copy)
                #expect(try await core.number("select key_id as n from core.factor") == 1)
                let refused = await #expect(throws: KeyError.self) { try await core.removeKey(1) }
                #expect(refused?.code == .inUse)
                try await copy.keys.reread()
                try await copies.announce(id, name: "host:1", keyring: copy.keys.present)
                #expect(try await rotation.value.removable == [1])
                #expect(try await core.number("select key_id as n from core.factor") == 2)
                #expect(await copy.outcome(token, token.passcode(counter: 0)) == .decided(.approved))
                try await core.removeKey(1)
                #expect(try await core.keyEvents()["key.removed"] == 1)
            }
        }
    }

    @Test func `a copy that does not take the key over is named, and nothing is under it`() async throws {
        try await withCoreDatabase { core async throws in
            try await core.withCopy { copy async throws in
                let copies = RunningCopies(client: copy.client)
                try await copies.announce(id, name: "host:1", keyring: copy.keys.present)
                let refused = await #expect(throws: KeyError.self) {
                    try await core.rotate(patience: .milliseconds(100))
                }
                #expect(refused?.code == .copyBehind && refused?.reason.contains("host:1") == true)
                #expect(try await core.dataKeys().map(\.state) == [.current, .prepared])
                // One that is gone without a word is waited for no longer.
                try await core.database.run("update core.running_copy set seen_at = seen_at - interval '16 seconds'")
                let summary = try await core.rotate(patience: .milliseconds(100))
                #expect(summary.isResumed && summary.keyID == 2)
                #expect(try await core.keyEvents()["key.created"] == 1)
            }
        }
    }

    @Test func `a copy that stops is waited for no longer, and one of yesterday is forgotten`() async throws {
        try await withCoreDatabase { core in
            try await core.withClient { client in
                let (keyring, copies) = (try await core.keyring(), RunningCopies(client: client))
                try await copies.announce(id, name: "host:1", keyring: keyring)
                #expect(try await copies.list().map(\.name) == ["host:1"])
                #expect(try await copies.list().map(\.keyIDs) == [[1]])
                try await copies.leave(id)
                #expect(try await copies.list().isEmpty)
                try await copies.announce(id, name: "host:1", keyring: keyring)
                try await core.database.run("update core.running_copy set seen_at = seen_at - interval '25 hours'")
                try await copies.announce(SystemRandomSource().identifier(), name: "host:2", keyring: keyring)
                #expect(try await core.number("select count(*) as n from core.running_copy") == 1)
            }
        }
    }

    @Test func `a key that is current, prepared or unknown is not removed`() async throws {
        try await withCoreDatabase { core async throws in
            for (id, code) in [(Int64(1), KeyError.Code.inUse), (7, .unknown)] {
                let refused = await #expect(throws: KeyError.self) { try await core.removeKey(id) }
                #expect(refused?.code == code)
            }
            #expect(try await core.dataKeys().count == 1)
            #expect(try await core.keyEvents().isEmpty)
        }
    }
}

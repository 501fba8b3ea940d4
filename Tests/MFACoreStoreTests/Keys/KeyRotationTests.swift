// SPDX-License-Identifier: Apache-2.0
import MFACoreStore
import MFADomain
import Postgres
import Primitives
import TestKit
import Testing

/// R82: every sealed value comes under the new key, whatever happens meanwhile.
@Suite(.serialized, .timeLimit(.minutes(5)))
struct KeyRotationTests {
    /// Columns that name a data key, as the database itself knows them.
    private static let references = """
        select c.conrelid::regclass::text as name from pg_constraint c
        where c.contype = 'f' and c.confrelid = 'core.data_key'::regclass order by 1
        """

    // A table that is sealed one day and forgotten here would lose its values with the first key that is removed.
    @Test func `every table that refers to data keys is counted and brought along`() async throws {
        try await withCoreDatabase { core in
            try await core.withCopy { copy in
                _ = try await core.makeToken("alice", by: copy)
                _ = try await KeptAnswerTests.keep("bob", in: copy)
                let tables = Set(try await core.rows(Self.references).map { try $0.text("name") })
                let key = try #require(try await core.dataKeys().first)
                #expect(Set(key.uses.keys) == tables)
                let summary = try await core.rotate()
                #expect(Set(summary.resealed.keys) == tables)
            }
        }
    }

    // R82, R81
    @Test func `a rotation brings everything under a new key and opens it there`() async throws {
        try await withCoreDatabase { core in
            try await core.withCopy { copy in
                var people: [Token] = []
                // More than two pages, one person with several.
                for number in 0..<150 { people.append(try await core.makeToken("person\(number)", by: copy)) }
                for _ in 0..<3 { people.append(try await core.makeToken("person0", of: people[0], by: copy)) }
                let told = Told()
                let summary = try await core.rotate { told.add($0) }
                #expect(summary.keyID == 2 && !summary.isResumed && summary.removable == [1])
                #expect(summary.resealed == ["core.factor": 153, "core.certificate_authority": 1])
                #expect(summary.unreadable.isEmpty)
                #expect(told.all.prefix(2) == [.prepared(2, isNew: true), .current(2)])
                #expect(told.all.last == .resealed(154, of: 154))
                #expect(try await core.number("select count(*) as n from core.factor where key_id <> 2") == 0)
                #expect(try await core.number("select count(*) as n from core.factor where secret_version <> 2") == 0)
                for person in people {
                    #expect(await copy.outcome(person, person.passcode(counter: 0)) == .decided(.approved))
                }
                let keys = try await core.dataKeys()
                #expect(keys.map(\.state) == [.retiring, .current] && keys.map(\.isRemovable) == [true, false])
                #expect(try await core.keyEvents() == ["key.created": 1, "key.current": 1, "key.rotated": 1])
            }
        }
    }

    // R81: what stood in the row before, put back with the number of its key, does not open.
    @Test func `an older ciphertext of the same row does not open any more`() async throws {
        try await withCoreDatabase { core in
            try await core.withCopy { copy in
                let token = try await core.makeToken("alice", by: copy)
                try await core.database.run(
                    "create table core.kept as select id, sealed_secret, key_id from core.factor")
                try await core.rotate()
                try await core.database.run(
                    """
                    update core.factor f set sealed_secret = k.sealed_secret, key_id = k.key_id
                    from core.kept k where k.id = f.id
                    """)
                #expect(await copy.outcome(token, token.passcode(counter: 0)) == .decided(.denied))
                #expect(try await core.audit(of: token) == ["factor.integrity": 1, "otp.integrity": 1])
            }
        }
    }

    // R82, F29: stopped after any number of values, it goes on with the rest.
    @Test func `an interrupted rotation goes on with the key that it made`() async throws {
        try await withCoreDatabase { core async throws in
            try await core.withCopy { copy async throws in
                var people: [Token] = []
                for number in 0..<40 { people.append(try await core.makeToken("person\(number)", by: copy)) }
                // Interrupted with a key prepared, and with some of the values brought along.
                let deaths: [@Sendable (KeyRotation.Progress) -> Bool] = [
                    { $0 == .prepared(2, isNew: true) }, { $0 == .current(2) },
                    { if case .resealed(let done, _) = $0 { done > 0 } else { false } },
                    { if case .resealed(let done, _) = $0 { done > 0 } else { false } },
                ]
                for dies in deaths {
                    try await interrupted(core, when: dies)
                    for person in people.shuffled().prefix(4) {
                        #expect(await copy.outcome(person, "000000") == .decided(.denied))
                    }
                }
                let between = try await core.number("select count(distinct key_id) as n from core.factor")
                #expect(between == 2, "it was interrupted half way")
                let summary = try await core.rotate()
                #expect(summary.keyID == 2 && summary.isResumed && summary.removable == [1])
                #expect(try await core.number("select count(*) as n from core.factor where key_id <> 2") == 0)
                for person in people {
                    #expect(await copy.outcome(person, person.passcode(counter: 0)) == .decided(.approved))
                }
                #expect(try await core.keyEvents() == ["key.created": 1, "key.current": 1, "key.rotated": 1])
            }
        }
    }

    /// Runs a rotation at a pace of five values in a second, and ends it when it tells of `dies`.
    private func interrupted(
        _ core: CoreDatabase, when dies: @escaping @Sendable (KeyRotation.Progress) -> Bool
    ) async throws {
        let told = Told()
        let rotation = Task { try await core.rotate(valuesPerSecond: 5) { told.add($0) } }
        try await eventually("it is that far") { told.all.contains(where: dies) }
        rotation.cancel()
        await #expect(throws: (any Error).self) { try await rotation.value }
    }

    @Test func `two rotations at once do the same one together`() async throws {
        try await withCoreDatabase { core in
            try await core.withCopy { copy in
                var people: [Token] = []
                for number in 0..<80 { people.append(try await core.makeToken("person\(number)", by: copy)) }
                async let first = core.rotate()
                async let second = core.rotate()
                let both = try await [first, second]
                #expect(Set(both.map(\.keyID)).count == 1 && both[0].keyID == 2)
                #expect(try await core.dataKeys().count == 2)
                for person in people {
                    #expect(await copy.outcome(person, person.passcode(counter: 0)) == .decided(.approved))
                }
            }
        }
    }

    // Nobody who decides about a person waits for a rotation, and it waits for nobody.
    @Test func `somebody who is locked elsewhere is brought along later`() async throws {
        try await withCoreDatabase { core in
            try await core.withCopy { copy in
                let (busy, idle) = (
                    try await core.makeToken("busy", by: copy), try await core.makeToken("idle", by: copy)
                )
                let rotation = Task {
                    try await core.withLock(on: busy) {
                        let running = Task { try await core.rotate() }
                        try await eventually("everybody else is brought along") {
                            try await core.number(
                                "select count(*) as n from core.factor where key_id = 2 and id = '\(idle.factor)'") == 1
                        }
                        return running
                    }
                }
                let summary = try await rotation.value.value
                #expect(summary.resealed["core.factor"] == 2)
                #expect(await copy.outcome(busy, busy.passcode(counter: 0)) == .decided(.approved))
            }
        }
    }

    // F29: no value is sealed anew that did not open.
    @Test func `a value that does not open stays as it is, and its key stays`() async throws {
        try await withCoreDatabase { core async throws in
            try await core.withCopy { copy async throws in
                let bent = try await core.makeToken("bent", by: copy)
                let sound = try await core.makeToken("sound", by: copy)
                try await core.database.run(
                    """
                    update core.factor set sealed_secret = set_byte(sealed_secret, 20, get_byte(sealed_secret, 20) # 1)
                    where id = '\(bent.factor)'
                    """)
                let row = "select encode(sealed_secret, 'hex') as sealed from core.factor where id = '\(bent.factor)'"
                let before = try await core.rows(row).first?.text("sealed")
                let summary = try await core.rotate()
                #expect(summary.unreadable == ["core.factor": [bent.factor.description]])
                #expect(summary.removable == [])
                #expect(try await core.rows(row).first?.text("sealed") == before)
                #expect(await copy.outcome(sound, sound.passcode(counter: 0)) == .decided(.approved))
                let refused = await #expect(throws: KeyError.self) { try await core.removeKey(1) }
                #expect(refused?.code == .inUse)
                try await core.database.run("delete from core.factor where id = '\(bent.factor)'")
                #expect(try await core.dataKeys().filter(\.isRemovable).map(\.id) == [1])
                try await core.removeKey(1)
            }
        }
    }

    // F29
    @Test func `another master key changes nothing`() async throws {
        try await withCoreDatabase { core async throws in
            let everything = "select md5(string_agg(k::text, '' order by id)) as n from core.data_key k"
            let before = try await core.rows(everything).first?.text("n")
            let refused = await #expect(throws: KeyError.self) {
                try await core.rotate(MasterKey(random: SystemRandomSource()))
            }
            #expect(refused?.code == .wrongMasterKey)
            #expect(try await core.rows(everything).first?.text("n") == before)
            #expect(try await core.keyEvents().isEmpty)
        }
    }
}

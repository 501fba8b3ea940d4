// SPDX-License-Identifier: Apache-2.0
import MFACoreStore
import Postgres
import Primitives
import TestKit
import Testing

/// Whether a dump can be used is said before it is used.
@Suite(.serialized, .timeLimit(.minutes(3)))
struct BackupCheckTests {
    private static let schema = Migrations.all.last?.number ?? 0

    private func check(
        _ core: CoreDatabase, _ master: MasterKey = CoreDatabase.masterKey, schema: Int = Self.schema, sample: Int = 100
    ) async throws -> BackupCheck.Report {
        try await core.withClient {
            try await BackupCheck(client: $0, master: master).run(schema: schema, sample: sample)
        }
    }

    @Test func `a database of this instance can be used, before, within and after a rotation`() async throws {
        try await withCoreDatabase { core async throws in
            try await core.withCopy { copy async throws in
                for number in 0..<5 { _ = try await core.makeToken("person\(number)", by: copy) }
                _ = try await KeptAnswerTests.keep("bob", in: copy)
                let before = try await check(core, sample: 3)
                #expect(
                    before.opened == ["core.factor": 3, "core.idempotency": 1, "core.certificate_authority": 1])
                try await core.rotate()
                _ = try await core.makeToken("more", by: copy)
                let after = try await check(core)
                #expect(after.instance == before.instance && after.dataKeys == 2 && after.opened["core.factor"] == 6)
            }
        }
    }

    // F29, R88: of another instance, of another time, or bent: one sentence, and nothing is changed.
    @Test func `what cannot be used is told by what to do`() async throws {
        try await withCoreDatabase { core async throws in
            try await core.withCopy { copy async throws in
                let token = try await core.makeToken("alice", by: copy)
                let wrong = await #expect(throws: KeyError.self) {
                    try await check(core, MasterKey(random: SystemRandomSource()))
                }
                #expect(wrong?.code == .wrongMasterKey)
                for schema in [Self.schema - 1, Self.schema + 1] {
                    let other = await #expect(throws: KeyError.self) { try await check(core, schema: schema) }
                    #expect(other?.code == .otherSchema)
                }
                try await core.database.run("update core.factor set secret_version = 7")
                let bent = await #expect(throws: KeyError.self) { try await check(core) }
                #expect(bent?.code == .damaged && bent?.reason.contains(token.factor.description) == true)
                try await core.database.run(
                    "update core.data_key set wrapped = set_bit(wrapped, 100, 1 - get_bit(wrapped, 100))")
                let damaged = await #expect(throws: KeyError.self) { try await check(core) }
                #expect(damaged?.reason.contains("Data key 1 in the database was changed") == true)
            }
        }
    }

    @Test func `a database that is none of ours, or not activated, is told so`() async throws {
        try await withTestDatabase { database in
            try await database.withClient { client async throws in
                let none = await #expect(throws: KeyError.self) {
                    try await BackupCheck(client: client, master: CoreDatabase.masterKey).run(schema: 1, sample: 1)
                }
                #expect(none?.code == .otherSchema)
            }
        }
        try await withCoreDatabase(isActivated: false) { core async throws in
            let empty = await #expect(throws: KeyError.self) { try await check(core) }
            #expect(empty?.code == .notActivated)
        }
    }
}

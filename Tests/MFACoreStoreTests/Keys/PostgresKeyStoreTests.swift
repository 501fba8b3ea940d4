// SPDX-License-Identifier: Apache-2.0
import MFACoreStore
import MFADomain
import Postgres
import Primitives
import TestKit
import Testing

struct PostgresKeyStoreTests {
    private static let caller = Caller(account: "cli:tests", frontEnd: "cli")
    private static let count = Statement(
        "test.count",
        """
        select (select count(*) from core.instance) as instances, (select count(*) from core.data_key) as keys,
            (select count(*) from core.certificate_authority) as authorities,
            (select count(*) from core.audit_event where event = 'instance.activated') as events
        """)

    private static func authority() -> AuthorityMaterial {
        AuthorityMaterial(certificate: [1, 2, 3], privateKey: SecretBytes(SystemRandomSource().bytes(32)))
    }

    private static func activate(_ client: PostgresClient, _ master: MasterKey) async throws
        -> PostgresKeyStore.Activation
    {
        try await PostgresKeyStore(client: client).activate(
            master, authority: authority(), caller: caller, instance: "tests", random: SystemRandomSource())
    }

    private static func counts(_ client: PostgresClient) async throws -> [Int64] {
        let row = try #require(try await client.query(count).first)
        return [
            try row.integer("instances"), try row.integer("keys"), try row.integer("authorities"),
            try row.integer("events"),
        ]
    }

    @Test func `a database is activated once, and every key opens what another start sealed`() async throws {
        try await withCoreDatabase(isActivated: false) { core in
            try await core.withClient { client in
                let store = PostgresKeyStore(client: client)
                let master = MasterKey(random: SystemRandomSource())
                #expect(try await store.instanceID() == nil)
                let none = await #expect(throws: KeyError.self) { try await store.load(master) }
                #expect(none?.code == .notActivated)
                guard case .done(let instance) = try await Self.activate(client, master) else {
                    Issue.record("not activated")
                    return
                }
                #expect(try await store.instanceID() == instance)
                #expect(try await Self.activate(client, master) == .already(instance))
                #expect(try await Self.counts(client) == [1, 1, 1, 1])
                let place = SealPlace(purpose: "p", table: "t", row: "r", owner: "o", secretVersion: 1)
                let sealed = try await store.load(master).seal(SecretBytes([7]), at: place)
                let opened = try await store.load(master).open(sealed.bytes, keyID: sealed.keyID, at: place)
                #expect(opened.withBytes { $0 } == [7])
            }
        }
    }

    @Test func `of many activations at once one does it and the others find it done`() async throws {
        try await withCoreDatabase(isActivated: false) { core in
            let master = MasterKey(random: SystemRandomSource())
            let outcomes = try await withThrowingTaskGroup(of: PostgresKeyStore.Activation.self) { group in
                for _ in 0..<6 {
                    group.addTask { try await core.withClient { try await Self.activate($0, master) } }
                }
                return try await group.reduce(into: []) { $0.append($1) }
            }
            let done = outcomes.filter { if case .done = $0 { true } else { false } }
            #expect(done.count == 1)
            let counts = try await core.withClient { try await Self.counts($0) }
            #expect(counts == [1, 1, 1, 1])
        }
    }

    @Test func `another master key is refused and changes nothing`() async throws {
        try await withCoreDatabase { core in
            try await core.withClient { client async throws in
                let wrong = MasterKey(random: SystemRandomSource())
                let opening = await #expect(throws: KeyError.self) {
                    try await PostgresKeyStore(client: client).load(wrong)
                }
                #expect(opening?.code == .wrongMasterKey)
                let activating = await #expect(throws: KeyError.self) { try await Self.activate(client, wrong) }
                #expect(activating?.code == .wrongMasterKey)
                #expect(try await Self.counts(client) == [1, 1, 1, 1])
            }
        }
    }

    // R85: what cannot be audited does not happen.
    @Test func `an activation whose audit row cannot be written leaves nothing`() async throws {
        try await withCoreDatabase(isActivated: false) { core in
            try await core.database.run(
                "revoke execute on function core.audit_append(jsonb) from \(CoreDatabase.roleName(.core))")
            try await core.withClient { client async throws in
                await #expect(throws: PostgresError.self) {
                    try await Self.activate(client, MasterKey(random: SystemRandomSource()))
                }
                #expect(try await Self.counts(client) == [0, 0, 0, 0])
            }
        }
    }

    // R81: keys are bound to their row and installation as secrets are.
    @Test(arguments: [
        "update core.data_key set wrapped = set_bit(wrapped, 100, 1 - get_bit(wrapped, 100))",
        "update core.data_key set id = 2",
        "delete from core.data_key",
    ])
    func `a changed data key does not open`(change: String) async throws {
        try await withCoreDatabase { core in
            try await core.database.run(
                "alter table core.certificate_authority drop constraint certificate_authority_key_id_fkey; \(change)")
            let error = await #expect(throws: KeyError.self) { try await core.keyring() }
            #expect(error?.code == .damaged)
        }
    }

    @Test func `a changed instance id is noticed`() async throws {
        try await withCoreDatabase { core in
            try await core.database.run("update core.instance set instance_id = gen_random_uuid()")
            let error = await #expect(throws: KeyError.self) { try await core.keyring() }
            #expect(error?.code == .wrongMasterKey)
        }
    }
}

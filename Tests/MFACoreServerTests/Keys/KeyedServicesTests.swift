// SPDX-License-Identifier: Apache-2.0
import Logging
import MFACoreServer
import MFACoreStore
import Postgres
import Primitives
import ServiceRuntime
import TestKit
import Testing

/// What waiting would not mend ends mfa-core at once; that it waits for a database that is down is shown end to end.
struct KeyedServicesTests {
    private func start(_ client: PostgresClient, _ master: MasterKey = CoreDatabase.masterKey) async throws -> Bool {
        let keys = Milestone()
        try await KeyedServices(
            client: client, master: master, keys: keys,
            readiness: Readiness(checks: [], logger: .silent), logger: .silent, services: { _ in [] }
        ).run()
        return keys.isReached
    }

    @Test func `a database without the schema is told in one sentence`() async throws {
        try await withTestDatabase { database in
            try await database.withClient { client async throws in
                let refusal = await #expect(throws: CommandRefusal.self) { try await start(client) }
                #expect(refusal?.description.contains("mfa-core migrate") == true)
            }
        }
    }

    @Test func `a database that is not activated is told in one sentence`() async throws {
        try await withCoreDatabase(isActivated: false) { core in
            try await core.withClient { client async throws in
                let refusal = await #expect(throws: KeyError.self) { try await start(client) }
                #expect(refusal?.code == .notActivated)
            }
        }
    }

    // R88
    @Test func `another master key opens nothing`() async throws {
        try await withCoreDatabase { core in
            try await core.withClient { client async throws in
                let refusal = await #expect(throws: KeyError.self) {
                    try await start(client, MasterKey(random: SystemRandomSource()))
                }
                #expect(refusal?.code == .wrongMasterKey)
                #expect(try await start(client))
            }
        }
    }
}

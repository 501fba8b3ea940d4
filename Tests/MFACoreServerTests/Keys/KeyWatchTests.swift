// SPDX-License-Identifier: Apache-2.0
import Logging
import MFACoreServer
import MFACoreStore
import MFADomain
import Primitives
import ServiceLifecycle
import TestKit
import Testing

/// R82: a copy that runs tells which keys it has, and takes new ones over by itself.
struct KeyWatchTests {
    @Test func `a copy tells of itself, takes a key over, and says good-bye`() async throws {
        try await withCoreDatabase { core in
            try await core.withClient { client async throws in
                let store = PostgresKeyStore(client: client)
                let keys = LiveKeyring(try await core.keyring(), store: store)
                let watch = KeyWatch(
                    keys: keys, client: client, name: "host:1", random: SystemRandomSource(), logger: .silent)
                let group = ServiceGroup(services: [watch], logger: .silent)
                let running = Task { try await group.run() }
                let copies = RunningCopies(client: client)
                try await eventually("it tells of itself") { try await copies.list().map(\.name) == ["host:1"] }
                // This waits for the copy twice: until it knows the key, and until it seals with it.
                let summary = try await KeyRotation(
                    client: client, master: CoreDatabase.masterKey,
                    caller: Caller(account: "cli:tests", frontEnd: "cli"), host: "tests", valuesPerSecond: 1000,
                    random: SystemRandomSource(), tell: { _ in }
                ).run()
                #expect(summary.keyID == 2)
                #expect(keys.present.keyIDs == [1, 2] && keys.present.currentKeyID == 2)
                #expect(try await copies.list().map(\.sealingKeyID) == [2])
                await group.triggerGracefulShutdown()
                try await running.value
                #expect(try await copies.list().isEmpty)
            }
        }
    }
}

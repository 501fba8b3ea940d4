// SPDX-License-Identifier: Apache-2.0
import MFACoreStore
import MFADomain
import Postgres
import Primitives
import Synchronization
import TestKit

extension CoreDatabase {
    private static let caller = Caller(account: "cli:tests", frontEnd: "cli")

    /// Rotates the data key as the command does.
    @discardableResult
    func rotate(
        _ master: MasterKey = CoreDatabase.masterKey, valuesPerSecond: Int = 100_000,
        patience: Duration = .seconds(20), tell: @escaping @Sendable (KeyRotation.Progress) -> Void = { _ in }
    ) async throws -> KeyRotation.Summary {
        var limits = KeyRotation.Patience()
        limits.copies = patience
        limits.pause = .milliseconds(10)
        return try await withClient { client in
            try await KeyRotation(
                client: client, master: master, caller: Self.caller, host: "tests", valuesPerSecond: valuesPerSecond,
                patience: limits, random: SystemRandomSource(), tell: tell
            ).run()
        }
    }

    /// Removes a data key as the command does.
    func removeKey(_ id: Int64) async throws {
        try await withClient {
            try await PostgresKeyStore(client: $0).remove(id, caller: Self.caller, host: "tests")
        }
    }

    func dataKeys() async throws -> [DataKey] {
        try await withClient { try await PostgresKeyStore(client: $0).dataKeys() }
    }

    /// How often each event about keys stands in the audit.
    func keyEvents() async throws -> [String: Int64] {
        var counts: [String: Int64] = [:]
        for row in try await rows(
            "select event, count(*) as n from core.audit_event where event like 'key.%' group by event")
        {
            counts[try row.text("event")] = try row.integer("n")
        }
        return counts
    }
}

/// What a rotation told, in order.
final class Told: Sendable {
    private let list = Mutex<[KeyRotation.Progress]>([])

    func add(_ progress: KeyRotation.Progress) { list.withLock { $0.append(progress) } }

    var all: [KeyRotation.Progress] { list.withLock { $0 } }
}

// SPDX-License-Identifier: Apache-2.0
package import Logging
package import MFACoreStore
package import Postgres
package import Primitives
import ServiceLifecycle

/// Keeps the keys of a copy that runs as the database has them, and tells rotations which ones it has (R82).
package final class KeyWatch: Service {
    /// A rotation waits for every copy, so no longer than people like to wait for a command.
    private static let interval: Duration = .seconds(2)
    /// Looks without a change after which the copy says again that it runs.
    private static let looksBetween = 2

    private let keys: LiveKeyring
    private let copies: RunningCopies
    private let id: CopyID
    private let name: String
    private let logger: Logger

    /// - Parameter name: host and process of this copy.
    package init(
        keys: LiveKeyring, client: PostgresClient, name: String, random: any RandomSource, logger: Logger
    ) {
        self.keys = keys
        copies = RunningCopies(client: client)
        id = random.identifier()
        self.name = name
        self.logger = logger
    }

    /// What was seen and said last, so that nothing is said twice.
    private struct Seen {
        var keyIDs: [Int64] = []
        var sealing: Int64?
        var unopened: [Int64] = []
        var hasFormerMaster = false
        var looks = 0
    }

    package func run() async throws {
        await cancelWhenGracefulShutdown {
            var seen = Seen()
            while !Task.isCancelled {
                do {
                    try await self.look(&seen)
                } catch {
                    self.logger.warning("the keys were not read again", metadata: ["error": "\(error)"])
                }
                try? await Task.sleep(for: Self.interval)
            }
        }
        // Where it cannot be said, a rotation finds out by itself after a while.
        try? await copies.leave(id)
    }

    private func look(_ seen: inout Seen) async throws {
        let reread = try await keys.reread()
        let keyring = reread.keyring
        tell(reread, seen)
        let isNew = seen.sealing != keyring.currentKeyID || seen.keyIDs != keyring.keyIDs
        seen.unopened = reread.unopened
        seen.hasFormerMaster = reread.hasFormerMaster
        seen.looks += 1
        guard isNew || seen.looks > Self.looksBetween else { return }
        try await copies.announce(id, name: name, keyring: keyring)
        seen.keyIDs = keyring.keyIDs
        seen.sealing = keyring.currentKeyID
        seen.looks = 0
    }

    private func tell(_ reread: Reread, _ seen: Seen) {
        if let before = seen.sealing, before != reread.keyring.currentKeyID {
            logger.info(
                "another data key seals from now on",
                metadata: ["from": "\(before)", "to": "\(reread.keyring.currentKeyID)"])
        }
        if reread.hasFormerMaster, !seen.hasFormerMaster {
            logger.warning("the master key was replaced; restart this copy with the new one")
        }
        if !reread.unopened.isEmpty, reread.unopened != seen.unopened {
            let ids = reread.unopened.map { "\($0)" }.joined(separator: " ")
            logger.error("data keys do not open with this copy's master key", metadata: ["keys": "\(ids)"])
        }
    }
}

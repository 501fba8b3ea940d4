// SPDX-License-Identifier: Apache-2.0
package import Logging
import ServiceLifecycle
import Synchronization

/// Sums refused credentials, so that somebody who guesses fills one row of the audit every ten seconds, not thousands.
package final class RefusalTally: Service {
    struct Key: Hashable {
        let actor: String
        let peer: String
        let reason: CredentialRefusal

        /// All that came after ``Limits/tallyKeysMax`` others, whoever it was.
        static func others(_ reason: CredentialRefusal) -> Key { Key(actor: "(others)", peer: "", reason: reason) }
    }

    private let audit: any DoorAudit
    private let interval: Duration
    private let logger: Logger
    private let counts = Mutex<[Key: Int]>([:])

    package init(audit: any DoorAudit, logger: Logger) {
        self.audit = audit
        self.interval = Limits.tallyInterval
        self.logger = logger
    }

    /// Counts one refusal.
    package func count(_ reason: CredentialRefusal, name: String, peer: String) {
        add([Key(actor: DoorAuditRow.actor(name), peer: peer, reason: reason): 1])
    }

    package func run() async throws {
        await cancelWhenGracefulShutdown {
            while !Task.isCancelled {
                try? await Task.sleep(for: self.interval)
                if !Task.isCancelled { await self.flush() }
            }
        }
        await flush()
    }

    /// Writes what was summed; what cannot be written is summed on.
    package func flush() async {
        let taken = counts.withLock { counts in
            defer { counts = [:] }
            return counts
        }
        guard !taken.isEmpty else { return }
        do {
            try await audit.append(taken.map { DoorAuditRow.unauthenticated($0.key, count: $0.value) })
        } catch {
            logger.error("refusals not audited", metadata: ["kinds": "\(taken.count)", "reason": "audit: \(error)"])
            add(taken)
        }
    }

    private func add(_ more: [Key: Int]) {
        counts.withLock { counts in
            for (key, count) in more {
                let isRoom = counts[key] != nil || counts.count < Limits.tallyKeysMax
                counts[isRoom ? key : .others(key.reason), default: 0] += count
            }
        }
    }
}

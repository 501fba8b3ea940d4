// SPDX-License-Identifier: Apache-2.0
package import Logging
package import MFACoreStore
import Primitives
import ServiceLifecycle

/// Periodic work: expiring what is late, forgetting what is old, making the audit's next partitions.
///
/// Every copy tries; whoever gets the run's advisory lock does it, so several copies do it once.
package struct Housekeeping: Service {
    /// Late sign-ins are told as expired by whoever reads them; this only tidies up after the others.
    private static let interval: Duration = .seconds(15)

    private let store: PostgresHousekeeping
    private let logger: Logger

    package init(store: PostgresHousekeeping, logger: Logger) {
        self.store = store
        self.logger = logger
    }

    package func run() async throws {
        await cancelWhenGracefulShutdown {
            while !Task.isCancelled {
                do {
                    try await store.run()
                } catch {
                    logger.warning("housekeeping did not run", metadata: ["error": "\(error)"])
                }
                try? await Task.sleep(for: Self.interval)
            }
        }
    }
}

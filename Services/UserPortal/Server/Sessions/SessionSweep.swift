// SPDX-License-Identifier: Apache-2.0
package import Logging
internal import Postgres
internal import ServiceLifecycle

/// Removes dead sessions now and then; that they are dead is decided at every request.
package struct SessionSweep: Service {
    private static let pause: Duration = .seconds(300)

    private let store: PostgresSessionStore
    private let logger: Logger

    package init(store: PostgresSessionStore, logger: Logger) {
        self.store = store
        self.logger = logger
    }

    package func run() async throws {
        await cancelWhenGracefulShutdown {
            while !Task.isCancelled {
                do {
                    let count = try await store.sweep()
                    if count > 0 { logger.info("swept sessions", metadata: ["count": "\(count)"]) }
                } catch let error as PostgresError {
                    logger.warning("sessions not swept", metadata: ["error": "\(error.description)"])
                } catch {
                    return
                }
                try? await Task.sleep(for: Self.pause)
            }
        }
    }
}

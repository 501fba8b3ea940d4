// SPDX-License-Identifier: Apache-2.0

package import Logging
package import ServiceLifecycle
import Synchronization
import UnixSignals

/// Runs a service's parts until it is told to stop.
package enum ServiceRunner {
    /// How long requests in flight may take to finish after SIGTERM.
    package static let stopMax: Duration = .seconds(30)
    /// How long kept connections are still served after SIGTERM, each request with the word that it is the last: so
    /// clients leave, and none of them sends into a connection that is being closed.
    private static let farewell: Duration = .seconds(1)
    /// When the process ends whatever still runs.
    private static let endAfter: Duration = .seconds(33)

    /// Returns after a graceful stop (SIGTERM or SIGINT), throws when a part fails.
    ///
    /// Parts start in order and stop in reverse order: put clients and pools first, listeners last. At the stop
    /// `readiness` and `draining` are told first; the operators' listener goes last.
    ///
    /// - Parameter endsProcess: whether a stop that hangs ends the process; false where others share it.
    package static func run(
        services: [any Service], admin: AdminConfiguration, readiness: Readiness, draining: Draining,
        logger: Logger, endsProcess: Bool = true
    ) async throws {
        let listener = AdminListener(
            configuration: admin, readiness: readiness, metrics: .process, logger: logger)
        let signal = DrainSignal(readiness: readiness, draining: draining, logger: logger, endsProcess: endsProcess)
        var configuration = ServiceGroupConfiguration(
            services: [listener, readiness] + services + [signal],
            gracefulShutdownSignals: [.sigterm, .sigint], logger: logger)
        configuration.maximumGracefulShutdownDuration = stopMax
        defer { signal.end.withLock { $0?.disarm() } }
        do {
            try await ServiceGroup(configuration: configuration).run()
        } catch is CancellationError where draining.hasBegun {
            logger.warning("stopped with requests unanswered")
        }
        logger.notice("stopped")
    }

    /// Stands last in the group, so it hears of the stop first.
    private final class DrainSignal: Service {
        let end = Mutex<ProcessEnd?>(nil)
        private let readiness: Readiness
        private let draining: Draining
        private let logger: Logger
        private let endsProcess: Bool

        init(readiness: Readiness, draining: Draining, logger: Logger, endsProcess: Bool) {
            self.readiness = readiness
            self.draining = draining
            self.logger = logger
            self.endsProcess = endsProcess
        }

        func run() async throws {
            try await gracefulShutdown()
            logger.notice("stopping")
            if endsProcess {
                let armed = await ProcessEnd(after: ServiceRunner.endAfter)
                end.withLock { $0 = armed }
            }
            readiness.drain()
            draining.begin()
            // The other parts hear of the stop when this one is over.
            try await Task.sleep(for: ServiceRunner.farewell)
        }
    }
}

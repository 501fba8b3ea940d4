// SPDX-License-Identifier: Apache-2.0

package import Logging
import Metrics
import ServiceLifecycle
import Synchronization

/// Looks at every check once a second, each on its own, and remembers what it found; sooner at one that was found wanting
/// (``ReadinessPace``).
///
/// So `/readyz` costs nothing, however often it is asked, and shows a break within ``interval`` + ``timeout`` (R98).
package final class Readiness: Service, Sendable {
    /// Pause between two looks at one check that is good.
    package static let interval: Duration = .seconds(1)
    /// How long a look may take.
    package static let timeout: Duration = .seconds(2)

    private let checks: [ReadinessCheck]
    private let logger: Logger
    private let now: @Sendable () -> ContinuousClock.Instant
    private let board: Mutex<ReadinessBoard>
    private let lastCodes = Mutex<[String]?>(nil)

    /// - Parameter now: the monotonic clock; tests pass their own.
    package init(
        checks: [ReadinessCheck], logger: Logger,
        now: @escaping @Sendable () -> ContinuousClock.Instant = { .now }
    ) {
        self.checks = checks
        self.logger = logger
        self.now = now
        self.board = Mutex(ReadinessBoard(names: checks.map(\.name), timeout: Self.timeout))
    }

    /// How things stand.
    package var report: ReadinessReport { board.withLock { $0.report(at: now()) } }

    /// Makes the service not ready at once and for good, so that no new requests are sent to it while it stops.
    package func drain() {
        board.withLock { $0.drain() }
    }

    /// Looks at every check once, for those who know that something has changed.
    package func look() async {
        await withDiscardingTaskGroup { group in
            for index in checks.indices { group.addTask { await self.look(at: index) } }
        }
        tell()
    }

    package func run() async throws {
        await cancelWhenGracefulShutdown {
            await withDiscardingTaskGroup { group in
                for index in self.checks.indices {
                    group.addTask {
                        var pace = ReadinessPace()
                        while !Task.isCancelled {
                            let verdict = await self.look(at: index)
                            self.tell()
                            try? await Task.sleep(for: pace.pause(isReady: verdict == .ready))
                        }
                    }
                }
                group.addTask { await self.watch() }
            }
        }
    }

    @discardableResult
    private func look(at index: Int) async -> ReadinessVerdict {
        board.withLock { $0.begin(index, at: now()) }
        let verdict = await checks[index].run()
        board.withLock { $0.finish(index, verdict, at: now()) }
        return verdict
    }

    /// Tells of checks that hang, which never come to the end of their look.
    private func watch() async {
        while !Task.isCancelled {
            tell()
            try? await Task.sleep(for: Self.interval)
        }
    }

    /// Logs and measures a change.
    private func tell() {
        let report = report
        let before = lastCodes.withLock { codes in
            defer { codes = report.codes }
            return codes
        }
        guard before != report.codes else { return }
        Gauge(label: "service.ready").record(report.isReady ? 1 : 0)
        // That the service is stopping has been told, and what fails meanwhile is none of its faults.
        if report.codes.contains("draining") { return }
        if report.isReady {
            logger.notice("ready")
        } else {
            let details = report.entries.compactMap { entry -> String? in
                guard case .notReady(_, let detail) = entry.verdict else { return nil }
                return "\(entry.name): \(detail)"
            }
            logger.warning(
                "not ready",
                metadata: [
                    "codes": "\(report.codes.joined(separator: ","))", "details": "\(details.joined(separator: "; "))",
                ])
        }
    }
}

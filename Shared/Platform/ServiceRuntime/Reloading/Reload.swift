// SPDX-License-Identifier: Apache-2.0

package import Logging
import Metrics
import Primitives
import ServiceLifecycle
import Synchronization
package import UnixSignals

/// Reads the configuration again on SIGHUP and hands what may change to the parts that use it.
///
/// All or nothing: every part prepares its change first, and only when all of them can do they change. A configuration
/// with a fault leaves everything as it was and is logged fault by fault, in the words of `check-config`. Settings that
/// a running service cannot change are named in the log.
package final class Reload<Served: CountersignService>: Service, Sendable {
    /// Makes a part's change; it cannot fail.
    package typealias Commit = @Sendable () -> Void
    /// Prepares a part's change by the new configuration; nil when there is none.
    package typealias Preparation = @Sendable (Served) throws -> Commit?

    /// What became of a reload.
    package enum Outcome: Equatable, Sendable {
        /// - `changed`: the parts that are not what they were.
        /// - `needRestart`: keys whose values differ from those the service started with.
        case done(changed: [String], needRestart: [String])
        /// Every fault, as `check-config` tells them.
        case refused([String])
    }

    private struct Part {
        let name: String
        let prepare: Preparation
    }

    /// Signals that come faster wait for one reload together: a storm of them costs no more than this allows.
    private static var pause: Duration { .seconds(1) }

    private let atStart: [String: [String]]
    private let read: @Sendable () throws -> ServiceSettings
    private let signals: UnixSignalsSequence?
    private let logger: Logger
    private let parts = Mutex<[Part]>([])

    /// - Parameters:
    ///   - settings: what the service started with.
    ///   - signals: traps SIGHUP; nil where nobody sends any, as in tests.
    ///   - read: reads file and environment anew.
    package init(
        settings: ServiceSettings, signals: UnixSignalsSequence? = nil, logger: Logger,
        read: @escaping @Sendable () throws -> ServiceSettings
    ) {
        atStart = settings.values
        self.signals = signals
        self.logger = logger
        self.read = read
    }

    /// Adds a part that can change; `name` stands in the log.
    package func add(_ name: String, _ prepare: @escaping Preparation) {
        parts.withLock { $0.append(Part(name: name, prepare: prepare)) }
    }

    package func run() async throws {
        await cancelWhenGracefulShutdown {
            guard let signals = self.signals else {
                try? await Task.sleep(for: .seconds(Int64.max / 2))
                return
            }
            // Holds one at most: what comes while a reload runs asks for one more, however often it comes.
            let (requests, request) = AsyncStream.makeStream(of: Void.self, bufferingPolicy: .bufferingNewest(1))
            await withTaskGroup(of: Void.self) { group in
                group.addTask {
                    for await _ in signals { request.yield() }
                    request.finish()
                }
                for await _ in requests {
                    self.perform()
                    try? await Task.sleep(for: Self.pause)
                }
            }
        }
    }

    /// One reload, from reading to the log.
    @discardableResult
    package func perform() -> Outcome {
        let outcome = outcome()
        switch outcome {
        case .done(let changed, let needRestart):
            logger.notice("reloaded", metadata: ["changed": "\(changed.joined(separator: ","))"])
            if !needRestart.isEmpty {
                logger.warning(
                    "a restart is needed for changed settings",
                    metadata: ["keys": "\(needRestart.joined(separator: ","))"])
            }
            Counter(label: "service.reloads", dimensions: [("outcome", "done")]).increment()
        case .refused(let faults):
            for fault in faults { logger.error("fault in the configuration", metadata: ["fault": "\(fault)"]) }
            logger.error("reload refused: everything stays as it was")
            Counter(label: "service.reloads", dimensions: [("outcome", "refused")]).increment()
        }
        return outcome
    }

    private func outcome() -> Outcome {
        do {
            var settings = try read()
            let (service, log) = try Served.configured(by: &settings)
            var commits: [(name: String, commit: Commit)] = []
            if log.level != LogLevel.current { commits.append(("log.level", { LogLevel.current = log.level })) }
            for part in parts.withLock({ $0 }) {
                if let commit = try part.prepare(service) { commits.append((part.name, commit)) }
            }
            for change in commits { change.commit() }
            return .done(changed: commits.map(\.name), needRestart: restartKeys(settings.values))
        } catch let problems as ConfigurationProblems {
            return .refused(problems.messages)
        } catch {
            return .refused(["\(error)"])
        }
    }

    private func restartKeys(_ values: [String: [String]]) -> [String] {
        Served.allKeys.filter { $0.effect == .restart }.filter { key in
            let initial = key.defaultText.map { [$0] }
            return (values[key.name] ?? initial) != (atStart[key.name] ?? initial)
        }.map(\.name).sorted()
    }
}

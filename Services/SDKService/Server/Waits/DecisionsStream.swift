// SPDX-License-Identifier: Apache-2.0
package import Logging
import MFAAPI
package import MFAClient
import ServiceLifecycle
package import ServiceRuntime
import Synchronization

/// Hears of decisions and wakes those who wait for them.
///
/// One streamed response of one copy of mfa-core brings a line for each decision of any copy. Whoever waits is also
/// asked about every few seconds and at each new stream, so a lost stream makes answers slower, never wrong.
package struct DecisionsStream: Service {
    /// How long things take.
    package struct Timing: Sendable {
        /// Between two questions about all who wait: an answer is at most five seconds late, the question's own time
        /// included.
        package var asking: Duration = .seconds(4)
        /// Without a byte for this long, the stream counts as lost; mfa-core sends one every 10 s at least.
        package var silence: Duration = .seconds(25)
        /// Pauses before a new stream double from the first to the last.
        package var pauseMin: Duration = .milliseconds(100)
        package var pauseMax: Duration = .seconds(5)

        package init() {}
    }

    private let client: MFAClient
    private let calls: CoreCalls
    private let registry: WaitRegistry
    private let draining: Draining
    private let timing: Timing
    private let logger: Logger

    /// - Parameter client: one of its own, so that its turns among the copies are the stream's alone.
    package init(
        client: MFAClient, calls: CoreCalls, registry: WaitRegistry, draining: Draining, timing: Timing = Timing(),
        logger: Logger
    ) {
        self.client = client
        self.calls = calls
        self.registry = registry
        self.draining = draining
        self.timing = timing
        self.logger = logger
    }

    package func run() async throws {
        await withTaskGroup(of: Void.self) { group in
            group.addTask { await keepOpen() }
            group.addTask {
                while !Task.isCancelled {
                    try? await Task.sleep(for: timing.asking)
                    if !Task.isCancelled { await ask() }
                }
            }
            await draining.wait()
            registry.close()
            group.cancelAll()
        }
        // A part of a service group stays until its turn to stop has come.
        try? await gracefulShutdown()
    }

    private func keepOpen() async {
        var pause = timing.pauseMin
        while !Task.isCancelled {
            let wasOpen = Atomic(false)
            do {
                try await client.lines(
                    path: Paths.decisions, silence: timing.silence,
                    opened: {
                        wasOpen.store(true, ordering: .relaxed)
                        logger.info("decisions stream open")
                        // What was decided while there was no stream.
                        await ask()
                    },
                    each: { line in
                        if let id = Self.id(in: line) { registry.hear(id) }
                    })
                logger.notice("decisions stream ended")
            } catch {
                guard !Task.isCancelled else { return }
                logger.notice("decisions stream lost", metadata: ["reason": "stream: \(error)"])
            }
            if wasOpen.load(ordering: .relaxed) { pause = timing.pauseMin }
            try? await Task.sleep(for: pause)
            pause = min(pause * 2, timing.pauseMax)
        }
    }

    /// Asks about everybody who waits, in as few requests as possible.
    private func ask() async {
        var rest = registry.waitingIDs[...]
        while !rest.isEmpty {
            let ids = Array(rest.prefix(SignInStatesRequest.idsMax))
            rest = rest.dropFirst(ids.count)
            do {
                registry.wake(try await calls.decided(among: ids))
            } catch {
                logger.debug("states not known", metadata: ["reason": "states: \(error)"])
                return
            }
        }
    }

    /// The id in a line `<id> <state>`.
    private static func id(in line: String) -> String? {
        let words = line.split(separator: " ")
        guard words.count == 2, words[0].utf8.count <= 64 else { return nil }
        return String(words[0])
    }
}

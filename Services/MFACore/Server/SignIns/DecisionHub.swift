// SPDX-License-Identifier: Apache-2.0
package import Logging
package import MFADomain
package import Postgres
import Primitives
import ServiceLifecycle
import Synchronization

/// Tells every copy of sdk-service which sign-ins were decided, on whatever copy of mfa-core that happened.
///
/// A decision is announced after its commit by NOTIFY, many in one payload, on a connection of its own: inside the
/// transaction it would make all commits wait for one another. What is lost on the way costs time, never truth:
/// waiters look at the rows themselves every few seconds.
package final class DecisionHub: Service {
    static let channel = "countersign_decided"
    /// Lines that a slow reader may have pending; one that falls behind is cut off and asks for states.
    private static let linesMax = 4096
    /// Decisions in one payload: 8 kB hold more, but a payload must never be refused.
    private static let decisionsPerPayload = 100
    /// Decisions that wait to be announced.
    private static let announcementsMax = 10_000

    private struct State {
        var announcements: [String] = []
        var readers: [Int: AsyncStream<String>.Continuation] = [:]
        var nextReader = 0
    }

    private let client: PostgresClient
    private let logger: Logger
    private let state = Mutex(State())
    private let wakeUps: AsyncStream<Void>
    private let wakeUp: AsyncStream<Void>.Continuation

    package init(client: PostgresClient, logger: Logger) {
        self.client = client
        self.logger = logger
        (wakeUps, wakeUp) = AsyncStream.makeStream(bufferingPolicy: .bufferingNewest(1))
    }

    /// Takes decisions that were just committed; returns at once.
    package func announce(_ decided: [SignIn]) {
        let lines = decided.map { "\($0.id) \($0.state.rawValue)" }
        state.withLock { state in
            state.announcements += lines
            state.announcements.removeFirst(max(0, state.announcements.count - Self.announcementsMax))
        }
        wakeUp.yield()
    }

    /// Lines of decisions from now on; ends when the reader is too slow or the service stops.
    func lines() -> AsyncStream<String> {
        let (stream, continuation) = AsyncStream<String>.makeStream(bufferingPolicy: .bufferingOldest(Self.linesMax))
        let number = state.withLock { state in
            state.nextReader += 1
            state.readers[state.nextReader] = continuation
            return state.nextReader
        }
        continuation.onTermination = { [weak self] _ in
            _ = self?.state.withLock { $0.readers.removeValue(forKey: number) }
        }
        return stream
    }

    package func run() async throws {
        await withGracefulShutdownHandler {
            await withDiscardingTaskGroup { group in
                group.addTask { await self.listen() }
                group.addTask { await self.publish() }
            }
        } onGracefulShutdown: {
            self.wakeUp.finish()
            self.endReaders()
        }
    }

    private func listen() async {
        await cancelWhenGracefulShutdown {
            for await event in self.client.listen(Self.channel) {
                switch event {
                case .payload(let payload):
                    for line in payload.split(separator: "\n") { self.tell(String(line)) }
                case .reconnected:
                    // Whatever was said meanwhile is lost: readers begin anew, and ask for states when they do.
                    self.endReaders()
                }
            }
        }
    }

    private func publish() async {
        for await _ in wakeUps { await publishWaiting() }
        await publishWaiting()
    }

    /// One payload is on its way while the next one gathers.
    private func publishWaiting() async {
        while let payload = takePayload() {
            do throws(PostgresError) {
                try await client.notify(channel: Self.channel, payload: payload)
            } catch {
                logger.warning("decisions were not announced", metadata: ["error": "\(error)"])
            }
        }
    }

    private func takePayload() -> String? {
        state.withLock { state in
            guard !state.announcements.isEmpty else { return nil }
            let lines = state.announcements.prefix(Self.decisionsPerPayload)
            state.announcements.removeFirst(lines.count)
            return lines.joined(separator: "\n")
        }
    }

    private func tell(_ line: String) {
        let readers = state.withLock { $0.readers }
        for (number, reader) in readers {
            if case .dropped = reader.yield(line) {
                reader.finish()
                state.withLock { _ = $0.readers.removeValue(forKey: number) }
            }
        }
    }

    private func endReaders() {
        let readers = state.withLock { state in
            defer { state.readers = [:] }
            return state.readers.values.map { $0 }
        }
        for reader in readers { reader.finish() }
    }
}

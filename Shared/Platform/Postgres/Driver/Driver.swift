// SPDX-License-Identifier: Apache-2.0

internal import Logging
internal import Synchronization

/// The reactor with its lanes: what a client is behind its front.
///
/// `@unchecked Sendable`: the lanes are touched on the reactor's thread only, but for their counts of open connections.
final class Driver: @unchecked Sendable {
    let reads: Lane
    let writes: Lane
    let channels: Switchboard
    let password: Password
    private let reactor = Reactor()

    init(_ configuration: PostgresConfiguration, logger: Logger) {
        password = Password(configuration.password)
        let parameters = ConnectionParameters(configuration, password)
        let (reactor, time) = (reactor, configuration.connectTimeout)
        func lane(_ plan: LanePlan) -> Lane {
            Lane(plan, parameters, greetingTime: time, reactor: reactor, logger: logger)
        }
        reads = lane(.read(configuration.readConnections))
        writes = lane(.write(configuration.writeConnections))
        channels = Switchboard(lane(.channel), configuration)
    }

    /// Opens the lanes; a second time does nothing. The channel's connection waits until somebody uses it.
    func start() {
        _ = reactor.submit {
            self.reads.start()
            self.writes.start()
        }
    }

    /// Runs `job` on the reactor's thread; false when the client was stopped.
    func submit(_ job: @escaping @Sendable () -> Void) -> Bool {
        reactor.submit(job)
    }

    /// Sends what `admit` hands to a lane and waits for its answer.
    func perform(
        _ purpose: Exchange.Purpose, _ statements: [BoundStatement], deadline: ContinuousClock.Instant,
        label: String? = nil, isAbandonable: Bool = true, admit: @escaping @Sendable (Exchange) -> Void
    ) async throws(PostgresError) -> [ResultSet] {
        if isAbandonable, Task.isCancelled { throw PostgresError(.cancelled, "the caller's task was cancelled") }
        let promise = Promise<[ResultSet]>()
        let exchange = Exchange(purpose, statements, deadline: deadline, label: label) { promise.settle($0) }
        guard reactor.submit({ admit(exchange) }) else { throw PostgresError(.closed, "the client was stopped") }
        return try await promise.wait(isAbandonable: isAbandonable)
    }

    /// Refuses new work, waits at most `patience` for what is under way, and closes everything.
    func stop(patience: Duration) async {
        let promise = Promise<Void>()
        let wasAccepted = reactor.submit {
            for lane in self.lanes { lane.stopAdmitting() }
            self.closeWhenQuiet(by: .now + patience) { promise.settle(.success(())) }
        }
        guard wasAccepted else { return }
        try? await promise.wait(isAbandonable: false)
    }

    /// Closes everything at once, without waiting for it.
    func abandon() {
        _ = reactor.submit { self.close() }
    }

    private var lanes: [Lane] { [reads, writes, channels.lane] }

    private func closeWhenQuiet(by end: ContinuousClock.Instant, then done: @escaping () -> Void) {
        if lanes.allSatisfy(\.isQuiet) || .now >= end {
            close()
            done()
        } else {
            _ = reactor.schedule(at: .now + .milliseconds(5)) { self.closeWhenQuiet(by: end, then: done) }
        }
    }

    private func close() {
        for lane in lanes { lane.stop() }
        channels.finish()
        reactor.stop()
    }
}

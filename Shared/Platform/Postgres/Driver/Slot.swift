// SPDX-License-Identifier: Apache-2.0

internal import Foundation
internal import Primitives

/// A place for one connection in a lane: opens it, sets the session up, and opens it again when it is lost.
///
/// `@unchecked Sendable`: belongs to the reactor's thread; a connecting thread only carries the reference back to it.
final class Slot: @unchecked Sendable {
    private enum State {
        case resting
        case connecting
        /// Connected, the session being set up.
        case greeting(Connection)
        case open(Connection)
        case pausing(Reactor.Token)
        case stopped
    }

    private let parameters: ConnectionParameters
    private let reactor: Reactor
    private let greeting: Statement
    private let greetingTime: Duration
    private unowned let lane: Lane
    private var state = State.resting
    private var failures = 0

    /// The transaction that has this connection to itself.
    var lease: Lease?
    /// A ROLLBACK is on its way; the connection serves again once it is done.
    var isRollingBack = false

    init(
        _ parameters: ConnectionParameters, greeting: Statement, greetingTime: Duration, reactor: Reactor, lane: Lane
    ) {
        self.parameters = parameters
        self.greetingTime = greetingTime
        self.greeting = greeting
        self.reactor = reactor
        self.lane = lane
    }

    /// The connection when it is set up and not about to be replaced.
    var connection: Connection? {
        if case .open(let connection) = state, connection.isOpen { connection } else { nil }
    }

    var isOpen: Bool { connection != nil }

    func start() {
        guard case .resting = state else { return }
        connect()
    }

    func stop() {
        let previous = state
        state = .stopped
        switch previous {
        case .pausing(let timer): reactor.cancel(timer)
        case .greeting(let connection), .open(let connection):
            connection.close(PostgresError(.closed, "the client was stopped"))
        case .resting, .connecting, .stopped: break
        }
    }

    /// Fails what is past its deadline, and the connection with it.
    func expire(at now: ContinuousClock.Instant) {
        let connection: Connection
        switch state {
        case .greeting(let present), .open(let present): connection = present
        case .resting, .connecting, .pausing, .stopped: return
        }
        let isLate =
            (connection.earliestDeadline().map { $0 <= now } ?? false) || (lease.map { $0.deadline <= now } ?? false)
        if isLate {
            connection.close(PostgresError(.unavailable, "a neighbour's deadline closed the connection"), at: now)
        }
    }

    /// When ``expire(at:)`` is next needed.
    func earliestDeadline() -> ContinuousClock.Instant? {
        switch state {
        case .greeting(let connection), .open(let connection):
            [connection.earliestDeadline(), lease?.deadline].compactMap { $0 }.min()
        case .resting, .connecting, .pausing, .stopped: nil
        }
    }

    // MARK: Opening

    /// libpq resolves names and tries host after host; all of that blocks, so it has a thread of its own until done.
    private func connect() {
        state = .connecting
        let (parameters, reactor) = (parameters, reactor)
        let thread = Thread {
            let result = parameters.connect()
            let wasTaken = reactor.submit { self.connected(result) }
            if !wasTaken, case .success(let raw) = result { raw.discard() }
        }
        thread.name = "postgres-connect"
        thread.start()
    }

    private func connected(_ result: Result<RawConnection, PostgresError>) {
        guard case .connecting = state else {
            if case .success(let raw) = result { raw.discard() }
            return
        }
        switch result {
        case .failure(let error): pause(after: error)
        case .success(let raw):
            let connection = Connection(raw, reactor: reactor, owner: self)
            guard connection.start() else {
                return pause(after: PostgresError(.unavailable, "libpq refused pipeline mode, or epoll the socket"))
            }
            state = .greeting(connection)
            greet(connection)
        }
    }

    private func greet(_ connection: Connection) {
        guard let bound = try? BoundStatement(greeting, []) else { return }
        let deadline = ContinuousClock.now + greetingTime
        lane.arm(deadline)
        connection.send(
            Exchange(.read, [bound], deadline: deadline) { [weak self, weak connection] result in
                guard let self, let connection, case .greeting = self.state else { return }
                guard case .success = result else { return connection.close(Self.error(in: result)) }
                self.state = .open(connection)
                self.failures = 0
                self.lane.opened(self, connection)
            })
    }

    private static func error(in result: Result<[ResultSet], PostgresError>) -> PostgresError {
        guard case .failure(let error) = result else { return PostgresError(.unavailable, "no error") }
        return PostgresError(.unavailable, "cannot set the session up: \(error.reason)")
    }

    private func pause(after error: PostgresError) {
        failures += 1
        let longest = min(Limits.reconnectPauseMin * (1 << min(failures - 1, 10)), Limits.reconnectPauseMax)
        // Some chance in it, so that all connections of all copies do not come back at one moment.
        let pause = longest * Double.random(in: 0.5...1)
        state = .pausing(reactor.schedule(at: .now + pause) { [weak self] in self?.connect() })
        lane.failedToOpen(error)
    }

    private func reopen() {
        let pause = Limits.reconnectPauseMin * Double.random(in: 0.5...1)
        state = .pausing(reactor.schedule(at: .now + pause) { [weak self] in self?.connect() })
    }
}

extension Slot: ConnectionOwner {
    func connection(_ connection: Connection, finished exchange: Exchange, error: PostgresError?) {
        lane.finished(exchange, error: error, on: self)
    }

    func connection(_ connection: Connection, closedBecause error: PostgresError) {
        let previous = state
        isRollingBack = false
        switch previous {
        case .greeting: pause(after: error)
        case .open:
            reopen()
            lane.lost(self, error)
        case .resting, .connecting, .pausing, .stopped: lane.lost(self, error)
        }
    }

    func connection(_ connection: Connection, notifiedOn channel: String, payload: String) {
        lane.onNotification?(channel, payload)
    }

    func connection(_ connection: Connection, warned message: String, severity: String) {
        lane.warned(message, severity: severity)
    }
}

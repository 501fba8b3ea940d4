// SPDX-License-Identifier: Apache-2.0

/// LISTEN and NOTIFY on one connection of their own, opened on first use. Belongs to the reactor's thread.
final class Switchboard {
    typealias Continuation = AsyncStream<ListenEvent>.Continuation

    let lane: Lane
    private let patience: Duration
    private var listeners: [String: [UInt64: Continuation]] = [:]
    private var lastListener: UInt64 = 0
    private var isFinished = false

    init(_ lane: Lane, _ configuration: PostgresConfiguration) {
        self.lane = lane
        patience = configuration.statementDeadline
        lane.onNotification = { [unowned self] channel, payload in
            for listener in (self.listeners[channel] ?? [:]).values { Self.deliver(.payload(payload), to: listener) }
        }
        lane.onOpen = { [unowned self] connection in
            for channel in self.listeners.keys { self.listen(to: channel, on: connection) }
        }
    }

    func add(_ continuation: Continuation, to channel: String) -> UInt64 {
        lastListener += 1
        guard !isFinished else {
            continuation.finish()
            return lastListener
        }
        listeners[channel, default: [:]][lastListener] = continuation
        lane.start()
        if let connection = lane.openConnection {
            listen(to: channel, on: connection, onlyTelling: lastListener)
        }
        return lastListener
    }

    func remove(_ listener: UInt64, from channel: String) {
        listeners[channel]?[listener] = nil
        guard listeners[channel]?.isEmpty == true else { return }
        listeners[channel] = nil
        if let connection = lane.openConnection { send("unlisten", channel, on: connection) {} }
    }

    func finish() {
        isFinished = true
        for listener in listeners.values.flatMap(\.values) { listener.finish() }
        listeners = [:]
    }

    /// From the moment LISTEN has committed nothing is missed; whatever came before has to be read.
    private func listen(to channel: String, on connection: Connection, onlyTelling newcomer: UInt64? = nil) {
        send("listen", channel, on: connection) { [weak self] in
            for (listener, continuation) in self?.listeners[channel] ?? [:] where newcomer ?? listener == listener {
                Self.deliver(.reconnected, to: continuation)
            }
        }
    }

    private func send(
        _ command: String, _ channel: String, on connection: Connection, then done: @escaping () -> Void
    ) {
        guard let bound = try? BoundStatement(Statement("", "\(command) \(channel.quotedName)"), []) else { return }
        let deadline = ContinuousClock.now + patience
        lane.arm(deadline)
        connection.send(
            Exchange(.step, [bound], deadline: deadline, label: command) { [weak connection] result in
                // A channel that cannot be listened to must not pass for a quiet one: begin again.
                guard case .success = result else {
                    connection?.close(PostgresError(.unavailable, "\(command) failed"))
                    return
                }
                done()
            })
    }

    private static func deliver(_ event: ListenEvent, to listener: Continuation) {
        // The oldest event was dropped for a listener this slow; it has to read again.
        if case .dropped = listener.yield(event) { listener.yield(.reconnected) }
    }
}

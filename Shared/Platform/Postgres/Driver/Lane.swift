// SPDX-License-Identifier: Apache-2.0

internal import Logging
internal import Synchronization

/// Connections of one purpose and the queue before them. Belongs to the reactor's thread, but for ``openConnections``.
///
/// Statements go to the least loaded connection and wait when all are full. A transaction waits for an idle connection
/// and keeps it; the queue stays in order, so neither kind can starve the other.
///
/// `@unchecked Sendable`: see above.
final class Lane: @unchecked Sendable {
    private enum Entry {
        case exchange(Exchange)
        case lease(Lease)
    }

    let name: String
    private let depth: Int
    private let reactor: Reactor
    private let logger: Logger
    private let metrics: LaneMetrics
    private var slots: [Slot] = []
    private var queue = FIFO<Entry>()
    private var timer: (at: ContinuousClock.Instant, token: Reactor.Token)?
    /// Why the last attempt to connect failed; nil since the last success.
    private var lastFailure: PostgresError?
    private var isStopping = false

    /// How many connections are ready; read from any thread.
    let openConnections = Atomic<Int>(0)
    var onNotification: ((_ channel: String, _ payload: String) -> Void)?
    var onOpen: ((Connection) -> Void)?

    init(
        _ plan: LanePlan, _ parameters: ConnectionParameters, greetingTime: Duration, reactor: Reactor, logger: Logger
    ) {
        name = plan.name
        depth = plan.depth
        self.reactor = reactor
        self.logger = logger
        metrics = LaneMetrics(lane: plan.name)
        slots = (0..<plan.connections).map { _ in
            Slot(parameters, greeting: plan.greeting, greetingTime: greetingTime, reactor: reactor, lane: self)
        }
    }

    /// The first connection that is ready, for what has to go on a certain one.
    var openConnection: Connection? { slots.lazy.compactMap(\.connection).first }

    func start() {
        guard !isStopping else { return }
        for slot in slots { slot.start() }
    }

    // MARK: Work coming in

    /// A statement of its own.
    func admit(_ exchange: Exchange) {
        if let refusal = refusal() { return refuse(exchange, refusal) }
        queue.append(.exchange(exchange))
        arm(exchange.deadline)
        dispatch()
    }

    /// A piece of a transaction; the first one asks for a connection.
    func admit(_ exchange: Exchange, on lease: Lease) {
        if lease.isCommitting {
            return refuse(exchange, PostgresError(.closed, "the transaction is over"))
        }
        switch lease.phase {
        case .over(let error): return refuse(exchange, error)
        case .fresh:
            if let refusal = refusal() { return refuse(exchange, refusal) }
            lease.phase = .waiting([exchange])
            lease.isCommitting = exchange.commits
            queue.append(.lease(lease))
            arm(lease.deadline)
            dispatch()
        case .waiting(let exchanges):
            lease.phase = .waiting(exchanges + [exchange])
            lease.isCommitting = exchange.commits
        case .attached(let slot):
            lease.isCommitting = exchange.commits
            send(exchange, on: slot, lease)
        }
    }

    /// The transaction's body has ended: what it left open is rolled back.
    func release(_ lease: Lease) {
        let over = PostgresError(.closed, "the transaction is over")
        switch lease.phase {
        case .over: return
        case .fresh: lease.phase = .over(over)
        case .waiting(let exchanges):
            _ = queue.removeAll { if case .lease(let other) = $0 { other === lease } else { false } }
            lease.phase = .over(over)
            for exchange in exchanges { refuse(exchange, over) }
        case .attached(let slot):
            lease.phase = .over(over)
            slot.lease = nil
            if let connection = slot.connection, !connection.isIdle { rollBack(slot, connection) }
        }
        settle()
    }

    private func refusal() -> PostgresError? {
        if isStopping { return PostgresError(.closed, "the client was stopped") }
        if queue.count >= Limits.waitingPerLane {
            return PostgresError(.unavailable, "\(queue.count) statements wait for the \(name) lane already")
        }
        // With no connection and the server refusing new ones, waiting for the deadline would help nobody.
        if let lastFailure, !slots.contains(where: \.isOpen) { return lastFailure }
        return nil
    }

    private func refuse(_ exchange: Exchange, _ error: PostgresError) {
        metrics.count(exchange.abandon(error))
    }

    // MARK: Sending

    private func dispatch() {
        while let entry = queue.first {
            switch entry {
            case .exchange(let exchange):
                guard let slot = leastLoaded(below: depth) else { return }
                queue.removeFirst()
                slot.connection?.send(exchange)
            case .lease(let lease):
                guard let slot = leastLoaded(below: 1) else { return }
                queue.removeFirst()
                guard case .waiting(let exchanges) = lease.phase else { continue }
                lease.phase = .attached(slot)
                slot.lease = lease
                for exchange in exchanges { send(exchange, on: slot, lease) }
            }
        }
    }

    private func leastLoaded(below limit: Int) -> Slot? {
        var best: (slot: Slot, load: Int)?
        for slot in slots where slot.lease == nil && !slot.isRollingBack {
            guard let connection = slot.connection, !connection.isRetiring, connection.load < limit else { continue }
            if connection.load < best?.load ?? Int.max { best = (slot, connection.load) }
        }
        return best?.slot
    }

    private func send(_ exchange: Exchange, on slot: Slot, _ lease: Lease) {
        guard case .attached = lease.phase, let connection = slot.connection else {
            return refuse(exchange, PostgresError(.unavailable, "the connection was lost"))
        }
        exchange.begins = !lease.hasBegun
        lease.hasBegun = true
        arm(exchange.deadline)
        connection.send(exchange)
    }

    private func rollBack(_ slot: Slot, _ connection: Connection) {
        guard let bound = try? BoundStatement(Statement("", "rollback"), []) else { return }
        slot.isRollingBack = true
        let deadline = ContinuousClock.now + Limits.rollback
        arm(deadline)
        connection.send(
            Exchange(.step, [bound], deadline: deadline, label: "rollback") { [weak slot, weak connection] _ in
                slot?.isRollingBack = false
                guard let connection, connection.isOpen, !connection.isIdle else { return }
                // Whatever state this is, it must not be handed to anyone else.
                connection.close(PostgresError(.unavailable, "ROLLBACK left the connection in an unknown state"))
            })
    }

    // MARK: News from the slots

    func opened(_ slot: Slot, _ connection: Connection) {
        if lastFailure != nil { logger.info("database reachable again", metadata: ["lane": "\(name)"]) }
        lastFailure = nil
        updateGauges()
        onOpen?(connection)
        dispatch()
    }

    func failedToOpen(_ error: PostgresError) {
        if lastFailure == nil {
            logger.warning("cannot reach the database", metadata: ["lane": "\(name)", "reason": "\(error.reason)"])
        }
        lastFailure = error
        if !slots.contains(where: \.isOpen) { failQueue { _ in error } }
    }

    func lost(_ slot: Slot, _ error: PostgresError) {
        if !isStopping {
            logger.warning("database connection lost", metadata: ["lane": "\(name)", "reason": "\(error.reason)"])
        }
        if let lease = slot.lease {
            let isLate = lease.deadline <= .now
            let failure = isLate ? PostgresError(.timedOut, "the transaction's deadline passed") : error
            lease.phase = .over(failure)
            lease.failure = lease.failure ?? failure
            slot.lease = nil
        }
        updateGauges()
    }

    func finished(_ exchange: Exchange, error: PostgresError?, on slot: Slot) {
        metrics.count(error)
        if error?.code == .outcomeUnknown {
            logger.error(
                "outcome of a write unknown", metadata: ["lane": "\(name)", "reason": "\(error?.reason ?? "")"])
        }
        if exchange.commits, let lease = slot.lease {
            lease.failure = error
            if slot.connection?.isIdle == true {
                lease.phase = .over(PostgresError(.closed, "the transaction is over"))
                slot.lease = nil
            }
        }
        settle()
    }

    func warned(_ message: String, severity: String) {
        guard severity != "NOTICE" else { return }
        logger.warning("the database says", metadata: ["lane": "\(name)", "reason": "\(severity): \(message)"])
    }

    /// Replaces connections that are no longer fit, then hands out what waits.
    private func settle() {
        for slot in slots where slot.lease == nil {
            if let connection = slot.connection, connection.isRetiring, connection.load == 0 {
                connection.close(PostgresError(.unavailable, "the session had to be replaced"))
            }
        }
        updateGauges()
        dispatch()
    }

    private func updateGauges() {
        let open = slots.count(where: \.isOpen)
        openConnections.store(open, ordering: .relaxed)
        metrics.record(
            open: open, busy: slots.count { $0.lease != nil || ($0.connection?.load ?? 0) > 0 }, waiting: queue.count)
    }

    // MARK: Deadlines

    /// Makes sure that deadlines are looked at when this one passes.
    func arm(_ deadline: ContinuousClock.Instant) {
        if let timer, timer.at <= deadline { return }
        reactor.cancel(timer?.token)
        timer = (deadline, reactor.schedule(at: deadline) { [weak self] in self?.expire() })
    }

    /// The timer stands at the earliest deadline there was when it was set, most often of something long done, so one
    /// look at everything serves many statements.
    private func expire() {
        timer = nil
        let now = ContinuousClock.now
        failQueue { deadline in
            deadline <= now ? PostgresError(.timedOut, "the deadline passed while waiting for a connection") : nil
        }
        for slot in slots { slot.expire(at: now) }
        let deadlines = queue.map { Self.deadline(of: $0) } + slots.compactMap { $0.earliestDeadline() }
        if let next = deadlines.min() { arm(next) }
        dispatch()
    }

    private static func deadline(of entry: Entry) -> ContinuousClock.Instant {
        switch entry {
        case .exchange(let exchange): exchange.deadline
        case .lease(let lease): lease.deadline
        }
    }

    /// Fails the waiting entries for which `cause` names one.
    private func failQueue(_ cause: (ContinuousClock.Instant) -> PostgresError?) {
        for entry in queue.removeAll(where: { cause(Self.deadline(of: $0)) != nil }) {
            guard let error = cause(Self.deadline(of: entry)) else { continue }
            switch entry {
            case .exchange(let exchange): refuse(exchange, error)
            case .lease(let lease):
                guard case .waiting(let exchanges) = lease.phase else { continue }
                lease.phase = .over(error)
                lease.failure = error
                for exchange in exchanges { refuse(exchange, error) }
            }
        }
    }

    // MARK: Stopping

    /// Whether nothing waits, runs or holds a connection.
    var isQuiet: Bool {
        queue.isEmpty && slots.allSatisfy { $0.lease == nil && ($0.connection?.load ?? 0) == 0 }
    }

    /// Refuses new work; what is there goes on.
    func stopAdmitting() {
        isStopping = true
    }

    func stop() {
        isStopping = true
        failQueue { _ in PostgresError(.closed, "the client was stopped") }
        for slot in slots { slot.stop() }
        openConnections.store(0, ordering: .relaxed)
    }
}

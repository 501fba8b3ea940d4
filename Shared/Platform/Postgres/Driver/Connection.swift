// SPDX-License-Identifier: Apache-2.0

internal import CLibPQ

/// Who hears from a connection; all calls come on the reactor's thread.
protocol ConnectionOwner: AnyObject {
    func connection(_ connection: Connection, finished exchange: Exchange, error: PostgresError?)
    func connection(_ connection: Connection, closedBecause error: PostgresError)
    func connection(_ connection: Connection, notifiedOn channel: String, payload: String)
    func connection(_ connection: Connection, warned message: String, severity: String)
}

/// One non-blocking libpq connection in pipeline mode; belongs to the reactor's thread.
///
/// Results come in the order of sending. Each exchange ends at its `PGRES_PIPELINE_SYNC` and not before: an autocommit
/// INSERT delivers its rows ahead of its commit, and the commit's error after them.
final class Connection {
    private let handle: OpaquePointer
    private let reactor: Reactor
    private let socket: Int32
    private var token: Reactor.Token?
    private var wantsWrite = false
    private let tls: BufferedTLS?
    private weak var owner: (any ConnectionOwner)?

    private var inFlight = FIFO<Exchange>()
    /// Statements the server is known to have, by name, with the text they were prepared from.
    private var prepared: [String: String] = [:]
    /// Names sent but not yet confirmed. A second use meanwhile goes unnamed, so the first's failure cannot reach it.
    private var preparing: Set<String> = []
    private var emptyResults = 0

    private(set) var isOpen = true
    /// Nothing new is to be sent: the session or its server is no longer fit.
    private(set) var isRetiring = false

    init(_ raw: RawConnection, reactor: Reactor, owner: any ConnectionOwner) {
        handle = raw.handle
        self.reactor = reactor
        self.owner = owner
        socket = PQsocket(handle)
        tls = BufferedTLS(handle)
    }

    deinit {
        if isOpen { PQfinish(handle) }
    }

    /// Goes over to non-blocking pipeline mode; false when libpq or epoll refuses, and the connection is closed then.
    func start() -> Bool {
        PQsetNoticeReceiver(handle, receiveNotice, Unmanaged.passUnretained(self).toOpaque())
        guard PQsetnonblocking(handle, 1) == 0, PQenterPipelineMode(handle) == 1 else {
            discard()
            return false
        }
        token = reactor.watch(socket) { [weak self] bits in self?.handle(bits) }
        if token == nil { discard() }
        return token != nil
    }

    var load: Int { inFlight.count }

    /// Whether nothing is on its way and no transaction is open.
    var isIdle: Bool {
        guard isOpen, inFlight.isEmpty else { return false }
        // In pipeline mode libpq counts itself busy until asked once more after the last Sync; this cannot block.
        if PQtransactionStatus(handle) == PQTRANS_ACTIVE, PQisBusy(handle) == 0 { PQclear(PQgetResult(handle)) }
        return PQtransactionStatus(handle) == PQTRANS_IDLE
    }

    func earliestDeadline() -> ContinuousClock.Instant? { inFlight.map(\.deadline).min() }

    func send(_ exchange: Exchange) {
        let steps = steps(for: exchange)
        exchange.willSend(steps)
        inFlight.append(exchange)
        for step in steps where !send(step) { return close(lost()) }
        guard PQpipelineSync(handle) == 1 else { return close(lost()) }
        flush()
    }

    /// Ends the connection; every exchange under way fails, those past `now` because of their deadline.
    func close(_ cause: PostgresError, at now: ContinuousClock.Instant? = nil) {
        guard isOpen else { return }
        discard()
        let lost = inFlight
        inFlight = FIFO()
        for exchange in lost.map({ $0 }) {
            let isLate = now.map { exchange.deadline <= $0 } ?? false
            let error = exchange.abandon(isLate ? PostgresError(.timedOut, "the deadline passed") : cause)
            owner?.connection(self, finished: exchange, error: error)
        }
        owner?.connection(self, closedBecause: cause)
    }

    private func discard() {
        isOpen = false
        if let token { reactor.unwatch(token, socket) }
        token = nil
        PQfinish(handle)
    }

    private func lost() -> PostgresError {
        let message = PQerrorMessage(handle).map { String(cString: $0).onOneLine } ?? ""
        return PostgresError(.unavailable, "the connection was lost: \(message)")
    }

    // MARK: Sending

    private func steps(for exchange: Exchange) -> [Exchange.Step] {
        var steps: [Exchange.Step] = exchange.begins ? [.begin] : []
        var announced: [String: String] = [:]
        for bound in exchange.statements {
            let statement = bound.statement
            let known = prepared[statement.name] ?? announced[statement.name]
            if known == statement.sql {
                steps.append(.named(bound))
            } else if known == nil, statement.canBeNamed, !preparing.contains(statement.name) {
                announced[statement.name] = statement.sql
                steps.append(.prepare(statement))
                steps.append(.named(bound))
            } else {
                steps.append(.unnamed(bound))
            }
        }
        if exchange.commits { steps.append(.commit) }
        preparing.formUnion(announced.keys)
        return steps
    }

    private func send(_ step: Exchange.Step) -> Bool {
        let wasAccepted =
            switch step {
            case .begin: PQsendQueryParams(handle, "begin isolation level read committed", 0, nil, nil, nil, nil, 0)
            case .commit: PQsendQueryParams(handle, "commit", 0, nil, nil, nil, nil, 0)
            case .prepare(let statement): PQsendPrepare(handle, statement.name, statement.sql, 0, nil)
            case .named(let bound):
                bound.withParameters { values in
                    PQsendQueryPrepared(handle, bound.statement.name, bound.parameterCount, values, nil, nil, 0)
                }
            case .unnamed(let bound):
                bound.withParameters { values in
                    PQsendQueryParams(handle, bound.statement.sql, bound.parameterCount, nil, values, nil, nil, 0)
                }
            }
        return wasAccepted == 1
    }

    private func flush() {
        guard isOpen else { return }
        switch PQflush(handle) {
        case 0: setWantsWrite(false)
        case 1: setWantsWrite(true)
        default: close(lost())
        }
    }

    private func setWantsWrite(_ wanted: Bool) {
        guard wanted != wantsWrite, let token else { return }
        wantsWrite = wanted
        reactor.setWantsWrite(wanted, token, socket)
    }

    // MARK: Receiving

    private func handle(_ bits: UInt32) {
        if bits & ~EPOLLOUT.rawValue != 0 {
            repeat {
                guard PQconsumeInput(handle) == 1 else { return close(lost()) }
                readResults()
                readNotifications()
            } while isOpen && tls?.hasBytes == true
        }
        flush()
    }

    private func readResults() {
        while isOpen, let exchange = inFlight.first, PQisBusy(handle) == 0 {
            guard let raw = PQgetResult(handle) else {
                exchange.endStep()
                emptyResults += 1
                if emptyResults > Limits.emptyResultsMax {
                    close(PostgresError(.unavailable, "results and statements are out of step"))
                }
                continue
            }
            emptyResults = 0
            receive(ResultSet(raw), for: exchange)
        }
    }

    private func receive(_ result: ResultSet, for exchange: Exchange) {
        switch result.status {
        case PGRES_PIPELINE_SYNC:
            inFlight.removeFirst()
            preparing.subtract(exchange.preparedNames)
            let error = exchange.complete()
            owner?.connection(self, finished: exchange, error: error)
        case PGRES_TUPLES_OK, PGRES_COMMAND_OK, PGRES_EMPTY_QUERY:
            if case .prepare(let statement) = exchange.currentStep {
                prepared[statement.name] = statement.sql
                preparing.remove(statement.name)
            }
            exchange.accept(result)
        case PGRES_PIPELINE_ABORTED:
            break
        case PGRES_FATAL_ERROR:
            let report = result.report
            if report.endsSession {
                close(PostgresError(.unavailable, "the server ended the session: \(report.message)"))
            } else {
                exchange.fail(report.error(in: exchange.currentLabel))
                if report.makesSessionUnfit, exchange.purpose != .read { isRetiring = true }
            }
        default:
            close(PostgresError(.unavailable, "\(exchange.label): COPY and its like are not spoken here"))
        }
    }

    private func readNotifications() {
        while isOpen, let notification = PQnotifies(handle) {
            let channel = String(cString: notification.pointee.relname)
            let payload = String(cString: notification.pointee.extra)
            PQfreemem(notification)
            owner?.connection(self, notifiedOn: channel, payload: payload)
        }
    }

    /// libpq hands notices over as soon as it meets them, possibly one Sync early; so a warning counts against
    /// everything under way rather than against the first in line.
    fileprivate func noticed(_ report: ServerReport) {
        if report.isWarning { for exchange in inFlight.map({ $0 }) { exchange.warn(report.message) } }
        owner?.connection(self, warned: report.message, severity: report.severity ?? "")
    }
}

/// libpq keeps the result; only its fields may be read.
private func receiveNotice(_ context: UnsafeMutableRawPointer?, _ result: OpaquePointer?) {
    guard let context, let result else { return }
    Unmanaged<Connection>.fromOpaque(context).takeUnretainedValue().noticed(ServerReport(borrowing: result))
}

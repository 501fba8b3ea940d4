// SPDX-License-Identifier: Apache-2.0
import HTTPKit
import MFAAPI
import Metrics
import ServiceLifecycle
import ServiceRuntime
import Synchronization

/// Shares one copy of sdk-service among its accounts: how often each may ask, and whose call to mfa-core is next.
///
/// A call that finds a place costs three short locks; only one that has to queue costs more. The rules:
/// ``TurnstileState``.
package final class Turnstile: Service {
    /// An account that was let in.
    struct Pass: Sendable {
        fileprivate let lane: Int
        fileprivate let limits: AccountLimits
        fileprivate let account: String
        fileprivate let address: String
    }

    private enum Turn {
        case start, shed, callerGone
    }

    private enum Place {
        case entered(Pass, Stage)
        case waiting(Pass, Stage, CheckedContinuation<Turn, Never>)
        case over(Turn)
    }

    private struct State {
        var machine: TurnstileState
        var places: [UInt64: Place] = [:]
        var lastNumber: UInt64 = 0
    }

    private enum Found {
        case start
        case queued(UInt64)
        case refused(ShedReason)
    }

    private let defaults: AccountLimits
    private let now: @Sendable () -> ContinuousClock.Instant
    private let state: Mutex<State>
    private let meters = ShedMeters()
    private let log: ShedLog?

    /// - Parameters:
    ///   - log: names those whose requests are turned away.
    ///   - now: the monotonic clock; tests pass their own.
    package init(
        _ capacity: CapacityConfiguration = CapacityConfiguration(), log: ShedLog? = nil,
        now: @escaping @Sendable () -> ContinuousClock.Instant = { .now }
    ) {
        defaults = capacity.account
        self.log = log
        self.now = now
        state = Mutex(
            State(
                machine: TurnstileState(
                    callsMax: capacity.callsMax, sharedCallsMax: capacity.sharedCallsMax,
                    queueMax: capacity.queueMax, turnMax: Limits.turnMax)))
    }

    /// Ends the waiting of those whose turn does not come, and measures.
    package func run() async throws {
        await cancelWhenGracefulShutdown {
            while !Task.isCancelled {
                try? await Task.sleep(for: Limits.turnstileInterval)
                self.tidy()
            }
        }
    }

    /// Takes one request from the account's rate, before anything of it is read.
    ///
    /// - Parameter address: where it came from, for the log.
    /// - Throws: ``Problem`` 429 when there is none left, and what ``enter(_:_:end:)`` would throw at once.
    func admit(_ account: DoorAccount, _ stage: Stage, from address: String) throws(Problem) -> Pass {
        let limits = defaults.with(account.limits)
        let moment = now()
        let (lane, wait, objection) = state.withLock { state in
            let (lane, wait) = state.machine.admit(account.name, ratePerSecond: limits.ratePerSecond, at: moment)
            return (
                lane, wait,
                state.machine.objection(to: lane, stage, concurrencyMax: limits.concurrencyMax, at: moment)
            )
        }
        let pass = Pass(lane: lane, limits: limits, account: account.name, address: address)
        if let wait { throw refusal(.rate, of: pass, retryAfterSeconds: Int(wait.components.seconds) + 1) }
        if let objection { throw refusal(objection, of: pass) }
        return pass
    }

    /// Returns when a call to mfa-core may begin; ``leave(_:_:)`` must follow.
    ///
    /// - Parameter end: of the caller's connection: whoever hangs up gives up the turn.
    /// - Throws: ``Problem`` 429 above the account's own limit, 503 when all wait too long already.
    func enter(_ pass: Pass, _ stage: Stage, end: ConnectionEnd) async throws {
        let moment = now()
        let found = state.withLock { state -> Found in
            state.lastNumber += 1
            let number = state.lastNumber
            switch state.machine.enter(
                pass.lane, stage, concurrencyMax: pass.limits.concurrencyMax, number: number, at: moment)
            {
            case .start: return .start
            case .refused(let reason): return .refused(reason)
            case .queued:
                state.places[number] = .entered(pass, stage)
                return .queued(number)
            }
        }
        switch found {
        case .start: return
        case .refused(let reason): throw refusal(reason, of: pass)
        case .queued(let number):
            let wish = end.whenOver { self.abandon(number) }
            defer { wish.cancel() }
            switch await turn(of: number) {
            case .start: return
            case .shed: throw refusal(.patience, of: pass)
            case .callerGone: throw CancellationError()
            }
        }
    }

    /// A call is over.
    func leave(_ pass: Pass, _ stage: Stage) {
        let moment = now()
        let continuations = state.withLock { state in
            Self.settle(state.machine.leave(pass.lane, stage, at: moment), .start, in: &state)
        }
        for continuation in continuations { continuation.resume(returning: .start) }
    }

    /// Whether one more answer of the account may be held back; ``endPoll(_:)`` must follow.
    func beginPoll(_ pass: Pass) -> Bool {
        let isFree = state.withLock { $0.machine.beginPoll(pass.lane, waitingMax: pass.limits.waitingMax) }
        if !isFree { count(.waiting, of: pass) }
        return isFree
    }

    /// An answer is held back no more.
    func endPoll(_ pass: Pass) {
        state.withLock { $0.machine.endPoll(pass.lane) }
    }

    /// Calls that wait for their turn.
    package var queued: Int { state.withLock { $0.machine.queued } }

    /// Ends waiting that has lasted too long, and measures.
    package func tidy() {
        let moment = now() - Limits.turnMax
        let (continuations, running, queued) = state.withLock { state in
            let late = Self.settle(state.machine.expire(before: moment), .shed, in: &state)
            return (late, state.machine.running, state.machine.queued)
        }
        for continuation in continuations { continuation.resume(returning: .shed) }
        meters.show(running: running, queued: queued)
    }

    private func turn(of number: UInt64) async -> Turn {
        await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                let turn = state.withLock { state -> Turn? in
                    guard case .entered(let pass, let stage)? = state.places[number] else {
                        guard case .over(let turn)? = state.places.removeValue(forKey: number) else {
                            return .callerGone
                        }
                        return turn
                    }
                    state.places[number] = .waiting(pass, stage, continuation)
                    return nil
                }
                if let turn { continuation.resume(returning: turn) }
            }
        } onCancel: {
            abandon(number)
        }
    }

    /// The caller is gone: its turn goes to somebody else. Nothing happens when its turn has come already.
    private func abandon(_ number: UInt64) {
        let continuation = state.withLock { state -> CheckedContinuation<Turn, Never>? in
            switch state.places[number] {
            case .entered(let pass, let stage)?:
                state.machine.abandon(number, pass.lane, stage)
                state.places[number] = .over(.callerGone)
                return nil
            case .waiting(let pass, let stage, let continuation)?:
                state.machine.abandon(number, pass.lane, stage)
                state.places[number] = nil
                return continuation
            case .over?, nil: return nil
            }
        }
        continuation?.resume(returning: .callerGone)
    }

    private static func settle(
        _ numbers: [UInt64], _ turn: Turn, in state: inout State
    ) -> [CheckedContinuation<Turn, Never>] {
        numbers.compactMap { number in
            guard case .waiting(_, _, let continuation)? = state.places[number] else {
                state.places[number] = .over(turn)
                return nil
            }
            state.places[number] = nil
            return continuation
        }
    }

    private func count(_ reason: ShedReason, of pass: Pass) {
        meters.count(reason)
        log?.note(reason, account: pass.account, address: pass.address)
    }

    /// Without a reason for the log: a flood must not fill it. ``ShedLog`` names whose it is, now and then.
    private func refusal(_ reason: ShedReason, of pass: Pass, retryAfterSeconds: Int = 1) -> Problem {
        count(reason, of: pass)
        switch reason {
        // Without the header that asks for credentials (see Doorman): those were right.
        case .rate, .concurrency:
            return Problem(ErrorCode.tooManyRequests, retryAfterSeconds: retryAfterSeconds)
        case .queue, .patience, .waiting:
            return Problem(ErrorCode.unavailable, retryAfterSeconds: retryAfterSeconds)
        }
    }
}

/// What is turned away, and how busy the door is.
private struct ShedMeters {
    private let counters: [ShedReason: Counter]
    private let running = Meter(label: "mfa.door.calls", dimensions: [("state", "running")])
    private let queued = Meter(label: "mfa.door.calls", dimensions: [("state", "queued")])

    init() {
        counters = Dictionary(
            uniqueKeysWithValues: ShedReason.allCases.map { reason in
                (reason, Counter(label: "mfa.door.shed", dimensions: [("reason", reason.rawValue)]))
            })
    }

    func count(_ reason: ShedReason) {
        counters[reason]?.increment()
    }

    func show(running: Int, queued: Int) {
        self.running.set(running)
        self.queued.set(queued)
    }
}

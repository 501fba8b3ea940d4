// SPDX-License-Identifier: Apache-2.0

/// The order in which accounts get at mfa-core, as a state machine without locks, tasks or timers (R97).
///
/// | rule | why |
/// |---|---|
/// | accounts take turns, whatever each has queued | one noisy account costs another one turn, not its whole queue |
/// | one account has three quarters of the places at most | calls of one that hang keep nobody else out |
/// | while several accounts are busy they share out few places | a call that gets a place is answered soon |
/// | begun sign-ins first, seven turns of eight | people wait for them; new ones are not starved for ever |
/// | new ones leave an eighth of the places free | a begun one finds a place although new ones hang |
/// | an account may queue as much as it leaves to others | there is room for a newcomer in a full queue |
/// | nobody queues whose turn would come too late, as turns go | a call that is refused is refused at once |
package struct TurnstileState: Sendable {
    /// A moment of the monotonic clock.
    package typealias Moment = ContinuousClock.Instant

    /// What becomes of a call that wants in.
    package enum Entry: Equatable, Sendable {
        case start
        case queued
        case refused(ShedReason)
    }

    private struct Lane {
        var bucket: TokenBucket
        var demand: Frequency
        /// How often a call of the account begins.
        var starts: Frequency
        var running = 0
        var queued = 0
        /// Since when there is a queue.
        var queuedSince: Moment
        var polls = 0
        var queues = [[Waiting]](repeating: [], count: Stage.allCases.count)
    }

    private struct Waiting {
        let number: UInt64
        let since: Moment
    }

    /// How old a count of busy accounts may be.
    private static let countAgeMax: Duration = .milliseconds(100)
    private static let begunInARowMax = 7
    /// Requests in a second that nobody makes who only looks whether we are well.
    private static let busyMin = 5
    /// Besides a busier account one is busy that asks a twentieth as often: less would be no reason to slow that down.
    private static let busyPart = 20

    private let callsMax: Int
    private let sharedCallsMax: Int
    private let queueMax: Int
    private let newCallsMax: Int
    private let turnSeconds: Double
    private var names: [String: Int] = [:]
    private var lanes: [Lane] = []
    /// Per stage, the accounts that have something queued, in the order of their turns.
    private var turns = [[Int]](repeating: [], count: Stage.allCases.count)
    /// Calls on their way to mfa-core.
    package private(set) var running = 0
    /// Calls that wait for their turn.
    package private(set) var queued = 0
    private var runningNew = 0
    private var begunInARow = 0
    private var share: Int
    private var busyCountedAt: Moment?

    /// - Parameter turnMax: how long a call may wait for its turn.
    package init(callsMax: Int, sharedCallsMax: Int, queueMax: Int, turnMax: Duration) {
        self.callsMax = callsMax
        self.sharedCallsMax = sharedCallsMax
        self.queueMax = queueMax
        newCallsMax = callsMax - max(1, callsMax / 8)
        turnSeconds = turnMax / .seconds(1)
        share = callsMax * 3 / 4
    }

    /// The lane of an account, and how long it has to wait when its rate is used up.
    package mutating func admit(_ account: String, ratePerSecond: Int, at now: Moment) -> (lane: Int, wait: Duration?) {
        let lane: Int
        if let known = names[account] {
            lane = known
        } else {
            lane = lanes.count
            names[account] = lane
            lanes.append(
                Lane(
                    bucket: TokenBucket(ratePerSecond: ratePerSecond, at: now), demand: Frequency(at: now),
                    starts: Frequency(at: now), queuedSince: now))
        }
        let wasBusy = lanes[lane].demand.perSecond(at: now) >= Self.busyMin
        lanes[lane].demand.count(at: now)
        countBusy(at: now, anew: !wasBusy && lanes[lane].demand.perSecond(at: now) >= Self.busyMin)
        return (lane, lanes[lane].bucket.take(ratePerSecond: ratePerSecond, at: now))
    }

    /// Why a call of a lane could not come in now: known before anything of its body is read.
    package func objection(to lane: Int, _ stage: Stage, concurrencyMax: Int, at now: Moment) -> ShedReason? {
        if lanes[lane].running + lanes[lane].queued >= concurrencyMax { return .concurrency }
        let mayStart = hasPlace(for: stage) && lanes[lane].running < share
        return mayStart || mayQueue(lane, stage, at: now) ? nil : .queue
    }

    /// Whether there is room in the queue, and turns enough: of a queue that is new nobody knows yet how fast it goes.
    private func mayQueue(_ lane: Int, _ stage: Stage, at now: Moment) -> Bool {
        guard lanes[lane].queued < queueMax - queued else { return false }
        // New ones do not stand before begun ones.
        let before = stage == .begun ? lanes[lane].queues[stage.rawValue].count : lanes[lane].queued
        if before == 0 || now - lanes[lane].queuedSince < Frequency.window { return true }
        // Half of the patience: turns do not come evenly.
        return Double(before) <= Double(lanes[lane].starts.perSecond(at: now)) * turnSeconds / 2
    }

    /// A call of a lane wants in; where it is queued, it is known by `number`.
    package mutating func enter(
        _ lane: Int, _ stage: Stage, concurrencyMax: Int, number: UInt64, at now: Moment
    ) -> Entry {
        if let reason = objection(to: lane, stage, concurrencyMax: concurrencyMax, at: now) { return .refused(reason) }
        if hasPlace(for: stage), lanes[lane].running < share, lanes[lane].queues[stage.rawValue].isEmpty {
            begin(lane, stage, at: now)
            return .start
        }
        // It might start, were it not for those of its account that came before it.
        guard mayQueue(lane, stage, at: now) else { return .refused(.queue) }
        if lanes[lane].queues[stage.rawValue].isEmpty { turns[stage.rawValue].append(lane) }
        lanes[lane].queues[stage.rawValue].append(Waiting(number: number, since: now))
        if lanes[lane].queued == 0 { lanes[lane].queuedSince = now }
        lanes[lane].queued += 1
        queued += 1
        return .queued
    }

    /// A call is over; the numbers of those that begin in its place.
    package mutating func leave(_ lane: Int, _ stage: Stage, at now: Moment) -> [UInt64] {
        running -= 1
        lanes[lane].running -= 1
        if stage == .new { runningNew -= 1 }
        var started: [UInt64] = []
        while queued > 0, let (lane, stage) = nextTurn() {
            started.append(lanes[lane].queues[stage.rawValue].removeFirst().number)
            shrink(lane, by: 1)
            begin(lane, stage, at: now)
        }
        return started
    }

    /// Takes back a queued call.
    package mutating func abandon(_ number: UInt64, _ lane: Int, _ stage: Stage) {
        guard let index = lanes[lane].queues[stage.rawValue].firstIndex(where: { $0.number == number }) else { return }
        lanes[lane].queues[stage.rawValue].remove(at: index)
        shrink(lane, by: 1)
        if lanes[lane].queues[stage.rawValue].isEmpty { turns[stage.rawValue].removeAll { $0 == lane } }
    }

    /// Takes out what was queued before `moment`; their numbers.
    package mutating func expire(before moment: Moment) -> [UInt64] {
        guard queued > 0 else { return [] }
        var expired: [UInt64] = []
        for lane in lanes.indices where lanes[lane].queued > 0 {
            for stage in Stage.allCases {
                let late = lanes[lane].queues[stage.rawValue].prefix { $0.since < moment }
                guard !late.isEmpty else { continue }
                expired += late.map(\.number)
                lanes[lane].queues[stage.rawValue].removeFirst(late.count)
                shrink(lane, by: late.count)
                if lanes[lane].queues[stage.rawValue].isEmpty { turns[stage.rawValue].removeAll { $0 == lane } }
            }
        }
        return expired
    }

    /// An answer of a lane is to be held back; false when enough of them are.
    package mutating func beginPoll(_ lane: Int, waitingMax: Int) -> Bool {
        guard lanes[lane].polls < waitingMax else { return false }
        lanes[lane].polls += 1
        return true
    }

    /// An answer of a lane is held back no more.
    package mutating func endPoll(_ lane: Int) {
        lanes[lane].polls -= 1
    }

    private func hasPlace(for stage: Stage) -> Bool {
        running < callsMax && (stage == .begun || runningNew < newCallsMax)
    }

    private mutating func begin(_ lane: Int, _ stage: Stage, at now: Moment) {
        running += 1
        lanes[lane].starts.count(at: now)
        lanes[lane].running += 1
        if stage == .new { runningNew += 1 }
    }

    private mutating func shrink(_ lane: Int, by count: Int) {
        lanes[lane].queued -= count
        queued -= count
    }

    /// Whose turn it is, taken out of the order; the caller takes the first of that queue.
    private mutating func nextTurn() -> (lane: Int, stage: Stage)? {
        let isTurnOfNew = begunInARow >= Self.begunInARowMax
        for stage in isTurnOfNew ? [Stage.new, .begun] : [.begun, .new] where hasPlace(for: stage) {
            let order = turns[stage.rawValue]
            guard let index = order.firstIndex(where: { lanes[$0].running < share }) else { continue }
            let lane = turns[stage.rawValue].remove(at: index)
            if lanes[lane].queues[stage.rawValue].count > 1 { turns[stage.rawValue].append(lane) }
            begunInARow = stage == .begun && !turns[Stage.new.rawValue].isEmpty ? begunInARow + 1 : 0
            return (lane, stage)
        }
        return nil
    }

    private mutating func countBusy(at now: Moment, anew: Bool) {
        if !anew, let busyCountedAt, now - busyCountedAt < Self.countAgeMax { return }
        busyCountedAt = now
        let busiest = lanes.map { $0.demand.perSecond(at: now) }.max() ?? 0
        let busyMin = max(Self.busyMin, busiest / Self.busyPart)
        let busy = lanes.count { $0.demand.perSecond(at: now) >= busyMin }
        let alone = callsMax * 3 / 4
        share = busy <= 1 ? alone : max(2, min(alone, sharedCallsMax / busy))
    }
}

/// How often something happens.
private struct Frequency {
    static let window: Duration = .seconds(1)

    private var begunAt: ContinuousClock.Instant
    private var present = 0
    private var before = 0

    init(at now: ContinuousClock.Instant) {
        begunAt = now
    }

    mutating func count(at now: ContinuousClock.Instant) {
        let age = now - begunAt
        if age >= Self.window {
            before = age < Self.window * 2 ? present : 0
            present = 0
            begunAt = now
        }
        present += 1
    }

    /// Times in the present second or the one before, whichever had more.
    func perSecond(at now: ContinuousClock.Instant) -> Int {
        let age = now - begunAt
        if age < Self.window { return max(present, before) }
        return age < Self.window * 2 ? present : 0
    }
}

/// Why a request is turned away to protect the others.
package enum ShedReason: String, CaseIterable, Sendable {
    /// The account asks more often than it may.
    case rate
    /// The account has as many calls on their way as it may.
    case concurrency
    /// There is no room left to wait for a turn.
    case queue
    /// Its turn did not come in time.
    case patience
    /// The account holds as many answers back as it may; the request is answered with what is known.
    case waiting
}

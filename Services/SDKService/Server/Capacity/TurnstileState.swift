// SPDX-License-Identifier: Apache-2.0

/// The order in which accounts get at mfa-core, as a state machine without locks, tasks or timers (R97).
///
/// | rule | why |
/// |---|---|
/// | accounts take turns, whatever each has queued | one noisy account costs another one turn, not its whole queue |
/// | in company an account has a share of the places | so that a call that gets a place is answered soon |
/// | begun sign-ins first, seven turns of eight | people wait for them; new ones are not starved for ever |
/// | new ones leave an eighth of the places free | a begun one finds a place although new ones hang |
/// | an account may queue as much as it leaves to others | there is room for a newcomer in a full queue |
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
        var seenAt: Moment
        var running = 0
        var queued = 0
        var polls = 0
        var queues = [[Waiting]](repeating: [], count: Stage.allCases.count)
    }

    private struct Waiting {
        let number: UInt64
        let since: Moment
    }

    /// How long after its last request an account still counts as company.
    private static let companyMax: Duration = .seconds(1)
    /// How old a count of the company may be.
    private static let countAgeMax: Duration = .milliseconds(100)
    private static let begunInARowMax = 7

    private let callsMax: Int
    private let queueMax: Int
    private let newCallsMax: Int
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
    private var companyCountedAt: Moment?

    package init(callsMax: Int, queueMax: Int) {
        self.callsMax = callsMax
        self.queueMax = queueMax
        newCallsMax = callsMax - max(1, callsMax / 8)
        share = callsMax
    }

    /// The lane of an account, and how long it has to wait when its rate is used up.
    package mutating func admit(_ account: String, ratePerSecond: Int, at now: Moment) -> (lane: Int, wait: Duration?) {
        let lane: Int
        if let known = names[account] {
            lane = known
            let isBack = now - lanes[lane].seenAt > Self.companyMax
            lanes[lane].seenAt = now
            countCompany(at: now, anew: isBack)
        } else {
            lane = lanes.count
            names[account] = lane
            lanes.append(Lane(bucket: TokenBucket(ratePerSecond: ratePerSecond, at: now), seenAt: now))
            countCompany(at: now, anew: true)
        }
        return (lane, lanes[lane].bucket.take(ratePerSecond: ratePerSecond, at: now))
    }

    /// A call of a lane wants in; where it is queued, it is known by `number`.
    package mutating func enter(
        _ lane: Int, _ stage: Stage, concurrencyMax: Int, number: UInt64, at now: Moment
    ) -> Entry {
        guard lanes[lane].running + lanes[lane].queued < concurrencyMax else { return .refused(.concurrency) }
        if hasPlace(for: stage), lanes[lane].running < share, lanes[lane].queues[stage.rawValue].isEmpty {
            begin(lane, stage)
            return .start
        }
        guard lanes[lane].queued < queueMax - queued else { return .refused(.queue) }
        if lanes[lane].queues[stage.rawValue].isEmpty { turns[stage.rawValue].append(lane) }
        lanes[lane].queues[stage.rawValue].append(Waiting(number: number, since: now))
        lanes[lane].queued += 1
        queued += 1
        return .queued
    }

    /// A call is over; the numbers of those that begin in its place.
    package mutating func leave(_ lane: Int, _ stage: Stage) -> [UInt64] {
        running -= 1
        lanes[lane].running -= 1
        if stage == .new { runningNew -= 1 }
        var started: [UInt64] = []
        while queued > 0, let (lane, stage) = nextTurn() {
            started.append(lanes[lane].queues[stage.rawValue].removeFirst().number)
            shrink(lane, by: 1)
            begin(lane, stage)
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

    private mutating func begin(_ lane: Int, _ stage: Stage) {
        running += 1
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

    /// Accounts that are alone have all places; in company half of the places are shared out.
    private mutating func countCompany(at now: Moment, anew: Bool) {
        if !anew, let companyCountedAt, now - companyCountedAt < Self.countAgeMax { return }
        companyCountedAt = now
        let company = lanes.count { now - $0.seenAt <= Self.companyMax }
        share = company <= 1 ? callsMax : max(2, callsMax / (2 * company))
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

// SPDX-License-Identifier: Apache-2.0
import SDKServer
import Testing

/// R97: who is next, as a state machine: the same events give the same order, whatever the machine.
struct TurnstileStateTests {
    private static let start = ContinuousClock.now
    private static let many = 1_000_000

    /// A state machine with accounts, and the numbers of what each of them queued.
    private struct Scene {
        var machine: TurnstileState
        var owners: [UInt64: (name: String, stage: Stage)] = [:]
        var lastNumber: UInt64 = 0
        var now = TurnstileStateTests.start

        init(callsMax: Int, queueMax: Int = 10_000) {
            machine = TurnstileState(
                callsMax: callsMax, sharedCallsMax: callsMax / 2, queueMax: queueMax, turnMax: .seconds(2))
        }

        mutating func lane(_ name: String) -> Int {
            machine.admit(name, ratePerSecond: TurnstileStateTests.many, at: now).lane
        }

        /// The account has asked for so much in the last second that it counts as busy.
        mutating func makeBusy(_ name: String) {
            for _ in 0..<5 { _ = lane(name) }
        }

        @discardableResult
        mutating func enter(
            _ name: String, _ stage: Stage = .new, concurrencyMax: Int = TurnstileStateTests.many
        ) -> TurnstileState.Entry {
            lastNumber += 1
            let lane = lane(name)
            let entry = machine.enter(lane, stage, concurrencyMax: concurrencyMax, number: lastNumber, at: now)
            if entry == .queued { owners[lastNumber] = (name, stage) }
            return entry
        }

        /// Ends a call; who begins in its place.
        mutating func leave(_ name: String, _ stage: Stage = .new) -> [(name: String, stage: Stage)] {
            let lane = lane(name)
            return machine.leave(lane, stage, at: now).compactMap { owners[$0] }
        }
    }

    @Test func `an account that is alone leaves places to others, and new sign-ins to begun ones`() {
        var scene = Scene(callsMax: 16)
        let entries = (0..<20).map { _ in scene.enter("vpn") }
        #expect(entries.count { $0 == .start } == 12 && scene.machine.queued == 8)
        let others = (0..<3).map { _ in scene.enter("web") }
        #expect(others == [.start, .start, .queued])
        let begun = (0..<3).map { _ in scene.enter("mobile", .begun) }
        #expect(begun == [.start, .start, .queued])
        #expect(scene.machine.running == 16)
    }

    @Test func `a quiet account waits one turn, however much a noisy one has queued`() {
        var scene = Scene(callsMax: 16)
        for _ in 0..<1000 { scene.enter("noisy") }
        for _ in 0..<2 { scene.enter("web") }
        let entry = scene.enter("quiet")
        #expect(entry == .queued)
        let next = scene.leave("noisy") + scene.leave("noisy")
        #expect(next.map(\.name) == ["noisy", "quiet"])
    }

    @Test func `busy accounts share out few places, and what one leaves free is there at once`() {
        var scene = Scene(callsMax: 16)
        for name in ["quiet", "noisy"] { scene.makeBusy(name) }
        scene.enter("quiet")
        for _ in 0..<100 { scene.enter("noisy") }
        // Half of the places for two, so that calls that have one are answered soon.
        #expect(scene.machine.running == 1 + 4)
        let entries = (0..<4).map { _ in scene.enter("quiet") }
        #expect(entries == [.start, .start, .start, .queued])
    }

    @Test func `who only looks whether we are well takes no share`() {
        var scene = Scene(callsMax: 16)
        for _ in 0..<4 { _ = scene.lane("prober") }
        let entries = (0..<30).map { _ in scene.enter("vpn") }
        #expect(entries.count { $0 == .start } == 12)
    }

    @Test func `who asks a twentieth as often as a busy one takes no share, a little more does`() {
        for (asked, running) in [(5, 12), (15, 4)] {
            var scene = Scene(callsMax: 16)
            for _ in 0..<200 { _ = scene.lane("busy") }
            for _ in 0..<asked { _ = scene.lane("small") }
            scene.now += .milliseconds(150)
            for _ in 0..<30 { scene.enter("busy") }
            #expect(scene.machine.running == running, "\(asked)")
        }
    }

    @Test func `once nobody else is busy an account has its places again`() {
        var scene = Scene(callsMax: 16)
        for name in ["quiet", "noisy"] { scene.makeBusy(name) }
        scene.enter("quiet")
        for _ in 0..<100 { scene.enter("noisy") }
        _ = scene.leave("quiet")
        scene.now += .milliseconds(2100)
        scene.enter("noisy")
        let next = scene.leave("noisy")
        #expect(next.count == 9 && scene.machine.running == 12)
    }

    @Test func `accounts take turns`() {
        var scene = Scene(callsMax: 8)
        for _ in 0..<20 { scene.enter("noisy") }
        for name in ["a", "a", "a", "b", "b", "b"] { scene.enter(name) }
        var order: [String] = []
        for _ in 0..<6 { order += scene.leave("noisy").map(\.name) }
        #expect(order == ["noisy", "a", "b", "noisy", "a", "b"])
    }

    @Test func `begun sign-ins come first, and new ones are not starved`() {
        var scene = Scene(callsMax: 8)
        for _ in 0..<8 { scene.enter("vpn", .begun) }
        for _ in 0..<40 { scene.enter("vpn", .new) }
        for _ in 0..<40 { scene.enter("vpn", .begun) }
        var order: [Stage] = []
        for _ in 0..<16 { order += scene.leave("vpn", .begun).map(\.stage) }
        #expect(order.prefix(7).allSatisfy { $0 == .begun })
        #expect(order.count { $0 == .new } >= 1)
        #expect(order.count { $0 == .begun } >= 13)
    }

    @Test func `new sign-ins that hang leave places for begun ones`() {
        var scene = Scene(callsMax: 8)
        for name in ["vpn", "web"] {
            for _ in 0..<20 { scene.enter(name, .new) }
        }
        #expect(scene.machine.running == 7)
        let entry = scene.enter("mobile", .begun)
        #expect(entry == .start)
    }

    @Test func `a full queue has room for a newcomer, and the queue is bounded`() {
        var scene = Scene(callsMax: 8, queueMax: 100)
        let noisy = (0..<500).map { _ in scene.enter("noisy") }
        #expect(noisy.count { $0 == .queued } == 50)
        #expect(noisy.count { $0 == .refused(.queue) } == 500 - 50 - 6)
        let quiet = (0..<500).map { _ in scene.enter("quiet") }
        #expect(quiet.count { $0 == .queued } == 25)
        #expect(scene.machine.queued <= 100)
    }

    @Test func `nobody queues whose turn would come too late`() {
        var scene = Scene(callsMax: 8)
        // Of a queue that is new nobody knows how fast it goes.
        let burst = (0..<500).map { _ in scene.enter("noisy") }
        #expect(burst.count { $0 == .queued } == 494)
        // A hundred turns a second: what comes now would wait for four.
        for _ in 0..<12 {
            scene.now += .milliseconds(100)
            for _ in 0..<10 { _ = scene.leave("noisy") }
        }
        let late = scene.enter("noisy")
        #expect(late == .refused(.queue))
        // Begun ones come first, and others have turns of their own.
        let others = [scene.enter("noisy", .begun), scene.enter("web")]
        #expect(!others.contains(.refused(.queue)))
        while scene.machine.queued > 90 { _ = scene.leave("noisy") }
        let inTime = scene.enter("noisy")
        #expect(inTime == .queued)
        // Nothing moves any more.
        scene.now += .seconds(2)
        let standing = scene.enter("noisy")
        #expect(standing == .refused(.queue))
    }

    @Test func `an account's own limit counts what runs and what waits`() {
        var scene = Scene(callsMax: 8)
        let entries = (0..<20).map { _ in scene.enter("vpn", concurrencyMax: 10) }
        #expect(entries.count { $0 == .refused(.concurrency) } == 10)
        let next = scene.leave("vpn")
        let entry = scene.enter("vpn", concurrencyMax: 10)
        #expect(next.count == 1 && entry == .queued)
    }

    @Test func `who gives up loses its place to the next, and late ones are told`() {
        var scene = Scene(callsMax: 8)
        for _ in 0..<6 { scene.enter("vpn") }
        scene.enter("web")
        scene.enter("vpn")
        scene.enter("other")
        let lane = scene.lane("vpn")
        scene.machine.abandon(8, lane, .new)
        #expect(scene.machine.queued == 1)
        let late = [
            scene.machine.expire(before: scene.now), scene.machine.expire(before: scene.now + .milliseconds(1)),
        ]
        #expect(late == [[], [9]] && scene.machine.queued == 0)
        let next = scene.leave("vpn")
        #expect(next.isEmpty)
    }

    @Test func `answers held back have a limit of their own`() {
        var scene = Scene(callsMax: 8)
        let lane = scene.lane("vpn")
        let polls = (0..<5).map { _ in scene.machine.beginPoll(lane, waitingMax: 3) }
        #expect(polls == [true, true, true, false, false])
        scene.machine.endPoll(lane)
        let isFree = scene.machine.beginPoll(lane, waitingMax: 3)
        #expect(isFree)
        // They take no place.
        let entry = scene.enter("vpn", concurrencyMax: 1)
        #expect(entry == .start)
    }
}

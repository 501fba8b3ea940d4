// SPDX-License-Identifier: Apache-2.0
import Synchronization
import TestKit

/// People who type right passcodes one after another while something happens to the database, and what each passcode
/// was told. What came to nothing is tried again with the same passcode, as a person would.
final class PasscodeLoad: Sendable {
    /// One passcode of one person.
    struct Passcode: Hashable, Sendable {
        let person: String
        /// Its counter, or its time step.
        let number: UInt64
        let text: String
    }

    /// An answer, in the order in which they came.
    struct Answer: Sendable {
        let passcode: Passcode
        /// A state, or the status of a refusal.
        let told: String
        let at: ContinuousClock.Instant

        var isRight: Bool { told == "approved" }
    }

    private struct State {
        var answers: [Answer] = []
        var isOver = false
    }

    private let world: World
    private let counters: [Token]
    private let clocks: [Token]
    private let door: ServiceProcess?
    /// The time step of all passcodes of ``clocks``: one ahead, so that they are good for a minute at least.
    let step: UInt64
    /// For the invariants.
    let history = History()
    private let next: Mutex<[UInt64]>
    private let state = Mutex(State())

    /// - Parameters:
    ///   - counters: tokens by counter, each at work without end.
    ///   - clocks: apps by time, each of which gives one passcode.
    ///   - door: the copy of sdk-service to ask; nil asks the world's first two by turns.
    init(_ world: World, counters: [Token], clocks: [Token], at door: ServiceProcess? = nil) {
        self.door = door
        self.world = world
        self.counters = counters
        self.clocks = clocks
        step = world.step + 1
        next = Mutex(Array(repeating: 0, count: counters.count))
    }

    var answers: [Answer] { state.withLock { $0.answers } }

    var count: Int { state.withLock { $0.answers.count } }

    /// The ids of all people.
    var people: [String] { (counters + clocks).map(\.person.id) }

    func end() { state.withLock { $0.isOver = true } }

    /// Digits that are right for a person now, by chance also those of a passcode spent long ago.
    func fresh(of person: String) -> Set<String> {
        if let number = counters.firstIndex(where: { $0.person.name == person }) {
            let counter = next.withLock { $0[number] }
            return Set((counter..<counter + 200).map { counters[number].passcode(counter: $0) })
        }
        let steps = [step - 2, step - 1, step + 1, step + 2, step + 3]
        return Set(clocks.filter { $0.person.name == person }.flatMap { app in steps.map { app.passcode(step: $0) } })
    }

    private var isOver: Bool { state.withLock { $0.isOver } }

    /// Works until ``end()``.
    func run() async throws {
        try await withThrowingTaskGroup(of: Void.self) { group in
            for number in counters.indices { group.addTask { try await self.count(with: number) } }
            group.addTask { try await self.tell() }
            try await group.waitForAll()
        }
    }

    private func count(with number: Int) async throws {
        let token = counters[number]
        while !isOver {
            let counter = next.withLock { $0[number] }
            if try await isDecided(token.passcode(counter: counter), counter, of: token, copy: number % 2) {
                next.withLock { $0[number] += 1 }
            }
        }
    }

    private func tell() async throws {
        for (number, token) in clocks.enumerated() {
            while !isOver {
                if try await isDecided(token.passcode(step: step), step, of: token, copy: number % 2) { break }
            }
        }
    }

    private func isDecided(_ text: String, _ number: UInt64, of token: Token, copy: Int) async throws -> Bool {
        let (door, name) = (door ?? world.copies(of: .sdk)[copy], token.person.name)
        var reply: Reply?
        try await history.record(.passcode(factor: token.factorID, number: number), of: token.person.id) {
            let heard = try await world.check(text, of: name, at: door)
            reply = heard
            return Caller.outcome(of: heard)
        }
        guard let reply else { return false }
        let told = reply.status == 200 ? reply["state"]?.text ?? "?" : "\(reply.status)"
        let answer = Answer(passcode: Passcode(person: name, number: number, text: text), told: told, at: .now)
        state.withLock { $0.answers.append(answer) }
        // A client that asks again at once would only keep this machine from coming back.
        if reply.status != 200 { try await Task.sleep(for: .milliseconds(20)) }
        return reply.status == 200
    }
}

extension PasscodeLoad {
    /// Passcodes that were told `approved`, and how often each.
    var approvals: [Passcode: Int] { tally(answers.filter(\.isRight).map(\.passcode)) }

    /// Waits for the first moment since `start` from which `run` answers in a row are right.
    ///
    /// - Returns: that moment, and how many answers there were before it.
    func recovers(since start: ContinuousClock.Instant, run: Int) async throws -> (
        at: ContinuousClock.Instant, place: Int
    ) {
        var found: (ContinuousClock.Instant, Int)?
        try await eventually("\(run) answers in a row are right", within: .seconds(60)) {
            var row = 0
            for (place, answer) in answers.enumerated() where answer.at >= start {
                row = answer.isRight ? row + 1 : 0
                if row == run { found = (answers[place - run + 1].at, place - run + 1) }
                if row == run { return true }
            }
            return false
        }
        guard let found else { throw TestKitError("Nothing was right again.") }
        return found
    }
}

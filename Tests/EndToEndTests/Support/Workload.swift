// SPDX-License-Identifier: Apache-2.0
import SimulatedPhone
import Synchronization
import TestKit

/// People at work while something happens to the suite: right and wrong passcodes, the same one twice at once, prompts
/// that are approved, denied and mistyped, new people and new phones. Whatever came to nothing is tried again under the
/// same Idempotency-Key, as clients should.
final class Workload: Sendable {
    private struct State {
        var isOver = false
        var people: Set<String>
    }

    let caller: Caller
    private let cast: Cast
    private let random: SeededRandom
    private let doors: Int
    private let mobiles: Int
    private let makesNewcomers: Bool
    private let run = Workshop.unique()
    private let state: Mutex<State>

    /// - Parameter newcomers: whether people are made too, where there is a copy of mobileapp-service.
    init(_ cast: Cast, caller: Caller, random: SeededRandom, newcomers: Bool = true) {
        self.cast = cast
        self.caller = caller
        self.random = random
        doors = caller.world.copies(of: .sdk).count
        mobiles = caller.world.copies(of: .mobile).count
        makesNewcomers = newcomers && mobiles > 0
        state = Mutex(State(people: Set(cast.people)))
    }

    /// Everybody whom it concerns, those who were made meanwhile too.
    var people: Set<String> { state.withLock { $0.people } }

    func end() { state.withLock { $0.isOver = true } }

    private var isOver: Bool { state.withLock { $0.isOver } }

    /// Works until ``end()``.
    func run() async throws {
        try await withThrowingTaskGroup(of: Void.self) { group in
            for (number, token) in cast.counters.enumerated() {
                group.addTask { try await self.count(token, self.random.branch(number)) }
            }
            for (number, token) in cast.clocks.enumerated() {
                group.addTask { try await self.tell(token, self.random.branch(100 + number)) }
            }
            for (number, owner) in cast.owners.enumerated() {
                group.addTask { try await self.sign(owner, self.random.branch(200 + number)) }
            }
            if makesNewcomers { group.addTask { try await self.welcome(self.random.branch(300)) } }
            try await group.waitForAll()
        }
    }

    /// Never that of another run with the same seed: to the suite it would be the same request.
    private func key(_ random: inout SeededRandom) -> String { "\(run)-\(random.seed)-\(random.next())" }

    /// Asks one door after the other until there is an answer; nil when the work is over before.
    private func untilAnswered(
        _ random: inout SeededRandom, while isWorthwhile: () -> Bool = { true },
        _ ask: (_ copy: Int) async throws -> History.Outcome
    ) async throws -> History.Outcome? {
        var copy = Int.random(in: 0..<doors, using: &random)
        while !isOver, isWorthwhile() {
            let outcome = try await ask(copy)
            if outcome != .unknown { return outcome }
            // A client that asks again at once would only keep this machine from coming back.
            try await Task.sleep(for: .milliseconds(20))
            copy = (copy + 1) % doors
        }
        return nil
    }

    private func count(_ token: Token, _ random: SeededRandom) async throws {
        var random = random
        var counter: UInt64 = 0
        while !isOver {
            counter = distinct(token, from: counter)
            switch Int.random(in: 0..<100, using: &random) {
            case 0..<10:
                let (digits, key) = (wrong(for: token, from: counter, &random), key(&random))
                _ = try await untilAnswered(&random) {
                    try await caller.check(digits, of: token, number: nil, copy: $0, key: key)
                }
            case 10..<20:
                let number = counter
                let twice = try await inParallel(2) { copy in
                    try await self.caller.check(token, counter: number, copy: copy % self.doors)
                }
                if twice.contains(.unknown) { fallthrough }
                counter += 1
            default:
                let (number, key) = (counter, key(&random))
                let outcome = try await untilAnswered(&random) {
                    try await caller.check(token, counter: number, copy: $0, key: key)
                }
                if outcome != nil { counter += 1 }
            }
        }
    }

    /// The next counter whose digits no counter shortly after it has: those would be its passcode too (RFC 4226 §7.4), and
    /// who sent the first one twice would rightly be let in twice.
    private func distinct(_ token: Token, from counter: UInt64) -> UInt64 {
        var counter = counter
        while (counter + 1...counter + 20).contains(where: {
            token.passcode(counter: $0) == token.passcode(counter: counter)
        }) {
            counter += 1
        }
        return counter
    }

    /// Digits that are no passcode of the token, spent or to come.
    private func wrong(for token: Token, from counter: UInt64, _ random: inout SeededRandom) -> String {
        let right = Set(((counter < 80 ? 0 : counter - 80)..<counter + 120).map { token.passcode(counter: $0) })
        while true {
            let digits = String(Int.random(in: 100_000...999_999, using: &random))
            if !right.contains(digits) { return digits }
        }
    }

    private func tell(_ token: Token, _ random: SeededRandom) async throws {
        var random = random
        var next: UInt64 = 0
        while !isOver {
            let step = max(next, caller.world.step)
            guard step <= caller.world.step + 1 else {
                try await Task.sleep(for: .milliseconds(100))
                continue
            }
            let key = key(&random)
            // One whose time is over would be wrong, which nobody typed.
            _ = try await untilAnswered(&random, while: { step >= caller.world.step }) {
                try await caller.check(token, step: step, copy: $0, key: key)
            }
            next = step + 1
        }
    }

    private func sign(_ owner: Cast.Owner, _ random: SeededRandom) async throws {
        var random = random
        while !isOver {
            let key = key(&random)
            var started: Prompt?
            _ = try await untilAnswered(&random) { copy in
                let (outcome, prompt) = try await caller.prompt(owner.person, copy: copy, key: key)
                started = prompt
                return outcome
            }
            guard let prompt = started else { continue }
            let waitsAt = Int.random(in: 0..<doors, using: &random)
            async let waiting = caller.look(prompt.id, of: owner.person, waitSeconds: 5, copy: waitsAt)
            let choice = Int.random(in: 0..<100, using: &random)
            let other = prompt.number == "123456" ? "654321" : "123456"
            let answer: PhoneAnswer =
                choice < 80 ? .approve(number: prompt.number) : choice < 90 ? .deny : .approve(number: other)
            _ = try await untilAnswered(&random) { _ in
                try await caller.answer(prompt, answer, of: owner.person, on: owner.phone)
            }
            _ = try await waiting
        }
    }

    /// New people, each with a token, a passcode and a phone.
    private func welcome(_ random: SeededRandom) async throws {
        var random = random
        while !isOver {
            let name = "newcomer-\(Workshop.unique())"
            guard let user = try await made("/users", ["username": .string(name)], &random),
                let id = user["id"]?.text
            else { continue }
            state.withLock { _ = $0.people.insert(id) }
            caller.history.note(.administration("user.created"), of: id, .done)
            guard let activation = try await made("/users/\(name)/activations", nil, &random) else { continue }
            let copy = Int.random(in: 0..<mobiles, using: &random)
            let phone = try await caller.world.newPhone(copy: copy)
            _ = try await untilAnswered(&random) { _ in
                try await caller.activate(activation, of: id, on: phone)
            }
            if random.happens(percent: 30) {
                let key = key(&random)
                _ = try await untilAnswered(&random) { copy in
                    try await caller.act(
                        "user.blocked", on: id, "POST", "/users/\(name)/block", ["reason": "lost"], copy: copy, key: key
                    )
                }
            }
            try await Task.sleep(for: .milliseconds(50))
        }
    }

    /// What a POST that makes something was answered with, however often it had to be sent.
    private func made(_ path: String, _ body: JSON?, _ random: inout SeededRandom) async throws -> JSON? {
        let key = key(&random)
        var made: JSON?
        _ = try await untilAnswered(&random) { copy in
            guard let reply = try? await caller.world.call("POST", path, body, copy: copy, key: key) else {
                return .unknown
            }
            if reply.status == 201 { made = reply.json }
            return Caller.outcome(of: reply)
        }
        return made
    }
}

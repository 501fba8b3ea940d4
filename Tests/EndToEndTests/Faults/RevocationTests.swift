// SPDX-License-Identifier: Apache-2.0
import SimulatedPhone
import Synchronization
import Testing
import TestKit

extension EndToEnd.Faults.Lines {
    /// What is taken away while a sign-in is under way.
    enum Taking: String, CaseIterable, Sendable {
        case block, disable, removePhone, removeToken
    }

    // R20, R33, F35
    @Test(arguments: Taking.allCases)
    func `F35 what is taken away while somebody signs in opens nothing afterwards`(taking: Taking) async throws {
        try await alone("F35 \(taking)", .init(counters: 0, clocks: 0, phones: 8)) { scenario in
            // What was removed has to be made anew first.
            let isForGood = ![.block, .disable].contains(taking)
            var owners = scenario.cast.owners
            for round in 0..<(isForGood && !Workshop.isSoak ? 1 : Workshop.rounds) {
                if round > 0, taking == .removePhone { owners = try await withNewPhones(owners) }
                let racers = owners
                _ = try await inParallel(racers.count) { number in
                    try await race(taking, against: racers[number], in: scenario, copy: (round + number) % 2)
                }
            }
        }
    }

    /// The same people, each with another phone.
    private func withNewPhones(_ owners: [Cast.Owner]) async throws -> [Cast.Owner] {
        try await inParallel(owners.count) { number in
            let person = owners[number].person
            return Cast.Owner(
                person: person,
                phone: try await world.activatePhone(for: person, copy: number % 2, throughSDK: number % 2))
        }
    }

    /// Two requests at once: one takes something away, the other one signs in by it. Whichever comes first, nothing is
    /// let in after the other one's answer.
    private func race(_ taking: Taking, against owner: Cast.Owner, in scenario: Scenario, copy: Int) async throws {
        let (caller, person) = (scenario.caller, owner.person)
        let path = "/users/\(person.name)"
        if taking == .removeToken {
            let token = try await world.importToken("hotp", for: person, copy: copy)
            async let check = caller.check(token, counter: 0, copy: copy)
            async let removal = caller.act(
                "factor.removed", on: person.id, "DELETE", "\(path)/factors/\(token.factorID)", copy: 1 - copy)
            _ = try await (check, removal)
            guard case .told("denied", _) = try await caller.check(token, counter: 1, copy: copy) else {
                throw TestKitError("A token that was removed opened something.")
            }
            return
        }
        let prompt = try #require(try await caller.prompt(person, copy: copy).prompt)
        let seen = try await world.challenge(prompt, on: owner.phone)
        async let answer = caller.answer(
            prompt, .approve(number: prompt.number), of: person, on: owner.phone, seen: seen)
        async let taken: History.Outcome = take(taking, from: owner, caller, copy: 1 - copy)
        let (told, done) = try await (answer, taken)
        guard done != .unknown else { throw TestKitError("\(taking) was not answered.") }
        let state = try await caller.look(prompt.id, of: person, copy: copy)
        if case .told(let heard, _) = told { #expect(state == .told(heard, signIn: prompt.id)) }
        if taking == .removePhone {
            let removed = try await refusal { _ = try await owner.phone.challenges() }
            #expect(removed?.status == 401)
            return
        }
        let (outcome, next) = try await caller.prompt(person, copy: copy)
        #expect(next == nil, "\(outcome)")
        let back: JSON? = taking == .block ? nil : ["enabled": true]
        let restored = try await caller.act(
            taking == .block ? "user.unblocked" : "user.updated", on: person.id, taking == .block ? "POST" : "PATCH",
            taking == .block ? "\(path)/unblock" : path, back, copy: copy)
        #expect(restored == .done)
    }

    private func take(
        _ taking: Taking, from owner: Cast.Owner, _ caller: Caller, copy: Int
    ) async throws -> History.Outcome {
        let (id, path) = (owner.person.id, "/users/\(owner.person.name)")
        switch taking {
        case .block:
            return try await caller.act(
                "user.blocked", on: id, "POST", "\(path)/block", ["reason": "lost"], copy: copy)
        case .disable:
            return try await caller.act("user.updated", on: id, "PATCH", path, ["enabled": false], copy: copy)
        case .removePhone, .removeToken:
            let factors = try await world.expect(200, "GET", "\(path)/factors", copy: copy)
            let phone = factors["items"]?.items.first {
                $0["kind"]?.text == "device" && $0["state"]?.text == "active"
            }
            return try await caller.act(
                "factor.removed", on: id, "DELETE", "\(path)/factors/\(phone?["id"]?.text ?? "")", copy: copy)
        }
    }

    // R20, F35
    @Test func `F35 a policy that refuses while prompts wait lets nobody in who answers later`() async throws {
        try await alone("F35 policy", .init(counters: 0, clocks: 0, phones: 8)) { scenario in
            // Lines fit these people only, since the world is everybody's.
            let group = "taken-\(Workshop.unique())"
            for owner in scenario.cast.owners {
                _ = try await world.expect(
                    200, "PATCH", "/users/\(owner.person.name)", ["groups": [.string(group)]])
            }
            for round in 0..<(Workshop.isSoak ? Workshop.rounds : 2) {
                // What is refused are the people, or what they sign in to.
                let application = round % 2 == 0 ? "" : ", applications: [integrator]"
                let line = "{name: taken, when: {groups: [\(group)]\(application)}, then: {action: refuse}}"
                try await race(policy: "lines: [\(line)]", in: scenario)
                try await apply("lines: []")
            }
        }
    }

    private func apply(_ policy: String) async throws {
        try await world.core("policy", ["apply", "-"], input: policy)
    }

    /// Half of the people have prompts that wait and the others sign in all the time, until a policy holds that refuses
    /// them all.
    private func race(policy: String, in scenario: Scenario) async throws {
        let (caller, owners, isOver) = (scenario.caller, scenario.cast.owners, Flag())
        let half = owners.count / 2
        let waiting = try await inParallel(half) { number in
            let owner = owners[number]
            let prompt = try #require(try await caller.prompt(owner.person, copy: number % 2).prompt)
            return Asked(owner: owner, prompt: prompt, seen: try await world.challenge(prompt, on: owner.phone))
        }
        let place = scenario.history.answered
        async let signingIn: [Void] = inParallel(owners.count - half) { number in
            let owner = owners[half + number]
            while !isOver.isSet, !Task.isCancelled {
                // Refused, it holds already.
                guard let prompt = try await caller.prompt(owner.person, copy: number % 2).prompt else { return }
                _ = try await caller.answer(
                    prompt, .approve(number: prompt.number), of: owner.person, on: owner.phone)
            }
        }
        try await eventually("they sign in") { scenario.history.answered >= place + 2 * owners.count }
        try await apply(policy)
        let held = ContinuousClock.now
        isOver.set()
        _ = try await signingIn
        for asked in waiting {
            let (person, prompt) = (asked.owner.person, asked.prompt)
            let told = try await caller.answer(
                prompt, .approve(number: prompt.number), of: person, on: asked.owner.phone, seen: asked.seen)
            #expect(told == .told("denied", signIn: prompt.id))
            #expect(try await caller.look(prompt.id, of: person) == .told("denied", signIn: prompt.id))
        }
        for owner in owners {
            let (outcome, prompt) = try await caller.prompt(owner.person)
            #expect(prompt == nil, "\(outcome)")
        }
        for operation in scenario.history.operations where operation.invoked > held {
            #expect(operation.state == "denied", "\(operation)")
        }
    }

    /// A prompt that waits, as its owner's phone shows it.
    private struct Asked: Sendable {
        let owner: Cast.Owner
        let prompt: Prompt
        let seen: PhoneChallenge
    }

    /// Whether something is over.
    private final class Flag: Sendable {
        private let state = Mutex(false)

        var isSet: Bool { state.withLock { $0 } }

        func set() { state.withLock { $0 = true } }
    }
}

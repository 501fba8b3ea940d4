// SPDX-License-Identifier: Apache-2.0
import SimulatedPhone
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
            // What is removed can be removed once.
            let rounds = [.block, .disable].contains(taking) ? Workshop.rounds : 1
            for round in 0..<rounds {
                _ = try await inParallel(scenario.cast.owners.count) { number in
                    let owner = scenario.cast.owners[number]
                    try await race(taking, against: owner, in: scenario, copy: (round + number) % 2)
                }
            }
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
            let phone = factors["items"]?.items.first { $0["kind"]?.text == "device" }
            return try await caller.act(
                "factor.removed", on: id, "DELETE", "\(path)/factors/\(phone?["id"]?.text ?? "")", copy: copy)
        }
    }
}

// SPDX-License-Identifier: Apache-2.0
import SimulatedPhone
import Testing
import TestKit

extension EndToEnd.Faults.Lines {
    /// How often mfa-core dies in F1: a thousand times in `make soak`, by its `ROUNDS`.
    private static let deaths = Workshop.isSoak ? 5 * Workshop.rounds : 4

    /// Deaths in one scenario, after which everything is checked and new people come.
    private static let batch = 25

    /// Copies of a service die at random moments and come back.
    private func kill(_ services: [Service], times: Int = 4, in scenario: Scenario) async throws {
        var random = scenario.random.branch(1)
        for _ in 0..<times {
            let copies = services.flatMap { world.copies(of: $0) }
            guard let victim = copies.randomElement(using: &random) else { return }
            let answers = scenario.history.answered + Int.random(in: 1...25, using: &random)
            try await eventually("work goes on") { scenario.history.answered >= answers }
            try await victim.process.kill()
            // From here on it starts.
            scenario.faultEnded()
            try await victim.restart()
        }
    }

    // F1
    @Test func `F1 mfa-core dies while people approve, and every prompt is decided or ends in time`() async throws {
        for first in stride(from: 0, to: Self.deaths, by: Self.batch) {
            let count = min(Self.batch, Self.deaths - first)
            // The name makes the random moments.
            let name = first == 0 ? "F1" : "F1, after \(first) deaths"
            try await Scenario.play(name, in: world, .init(counters: 3, clocks: 2, phones: 8)) { scenario in
                try await kill([.core], times: count, in: scenario)
            }
        }
        try await alone("F1, unanswered", .init(counters: 0, clocks: 0, phones: 4)) { scenario in
            var prompts: [(Cast.Owner, Prompt)] = []
            for owner in scenario.cast.owners {
                prompts.append((owner, try #require(try await scenario.caller.prompt(owner.person).prompt)))
            }
            for core in world.copies(of: .core) {
                try await core.process.kill()
                try await core.restart()
            }
            try await world.becomeReady(within: .seconds(10))
            // A minute later.
            let ids = prompts.map { "'\($0.1.id)'" }.joined(separator: ", ")
            try await world.sql("update core.sign_in set expires_at = clock_timestamp() where id in (\(ids))")
            for (owner, prompt) in prompts {
                #expect(
                    try await scenario.caller.look(prompt.id, of: owner.person) == .told("expired", signIn: prompt.id))
                let next = try #require(try await scenario.caller.prompt(owner.person).prompt)
                let answer = try await scenario.caller.answer(
                    next, .approve(number: next.number), of: owner.person, on: owner.phone)
                #expect(answer == .told("approved", signIn: next.id))
            }
        }
    }

    // F4
    @Test func `F4 mobileapp-service dies while a phone answers, and the phone tries again`() async throws {
        try await alone("F4", .init(counters: 0, clocks: 0, phones: 2)) { scenario in
            for (owner, isForwarded) in zip(scenario.cast.owners, [true, false]) {
                let prompt = try #require(try await scenario.caller.prompt(owner.person).prompt)
                let seen = try await world.challenge(prompt, on: owner.phone)
                let lost = try lines("sdk").map(\.lostPieces).reduce(0, +)
                for line in try lines("sdk") { line.inject(.drop, on: isForwarded ? .answers : .requests) }
                let unheard = Task {
                    try await scenario.caller.answer(
                        prompt, .approve(number: prompt.number), of: owner.person, on: owner.phone, seen: seen)
                }
                if isForwarded {
                    try await eventually("the answer is written") {
                        try await world.auditRows(of: owner.person, event: "push.approved") == 1
                    }
                } else {
                    try await eventually("the answer is on its way") {
                        try lines("sdk").map(\.lostPieces).reduce(0, +) > lost
                    }
                }
                for copy in world.copies(of: .mobile) { try await copy.process.kill() }
                #expect(try await unheard.value == .unknown)
                try heal("sdk")
                for copy in world.copies(of: .mobile) { try await copy.restart() }
                #expect(
                    try await world.auditRows(of: owner.person, event: "push.approved") == (isForwarded ? 1 : 0))
                let again = try await scenario.caller.answer(
                    prompt, .approve(number: prompt.number), of: owner.person, on: owner.phone, seen: seen)
                #expect(again == .told("approved", signIn: prompt.id))
                try await scenario.caller.look(prompt.id, of: owner.person)
                #expect(try await world.auditRows(of: owner.person, event: "push.approved") == 1)
            }
        }
    }

    // F5
    @Test func `F5 sdk-service and user-portal die, retries find what was done, and sessions live on`() async throws {
        let token = try await world.createUserWithToken("paula")
        try await world.setPassword(of: token.person)
        let browser = try await world.newBrowser()
        #expect(try await world.signIn(token, with: browser).path == "/factors")
        try await Scenario.play("F5", in: world) { scenario in
            try await kill([.sdk, .sdk, .sdk, .portal], in: scenario)
            let portal = world.copies(of: .portal)[0]
            try await portal.process.kill()
            scenario.faultEnded()
            try await portal.restart()
        }
        let page = try await browser.open("/factors")
        #expect(page.status == 200 && !page.isTurnedAway)

        try await alone("F5, retry", .init(counters: 1, clocks: 0, phones: 0)) { scenario in
            let (token, key) = (scenario.cast.counters[0], Workshop.unique())
            for line in try lines("core") { line.inject(.drop, on: .answers) }
            let unheard = Task { try await scenario.caller.check(token, counter: 0, key: key) }
            try await eventually("the decision is written") {
                try await world.auditRows(of: token.person, event: "otp.ok") == 1
            }
            let dead = world.copies(of: .sdk)[0]
            try await dead.process.kill()
            #expect(try await unheard.value == .unknown)
            try heal("core")
            try await eventually("the other copy tells what was done") {
                if case .told("approved", _) = try await scenario.caller.check(token, counter: 0, copy: 1, key: key) {
                    true
                } else {
                    false
                }
            }
            try await dead.restart()
            guard case .told("denied", _) = try await scenario.caller.check(token, counter: 0) else {
                throw TestKitError("The same passcode again was not denied.")
            }
        }
    }
}

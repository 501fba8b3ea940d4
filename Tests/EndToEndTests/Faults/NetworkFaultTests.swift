// SPDX-License-Identifier: Apache-2.0
import SimulatedPhone
import Testing
import TestKit

extension EndToEnd.Faults.Lines {
    /// How a line fails between mobileapp-service and sdk-service.
    enum Cut: String, CaseIterable, Sendable {
        case dropped, refused

        fileprivate func befall(_ line: FaultProxy) {
            switch self {
            case .dropped: line.inject(.drop)
            case .refused:
                line.reset()
                line.cut(refusing: true)
            }
        }
    }

    // F19
    @Test(arguments: Cut.allCases)
    func `F19 phones are cut off from sdk-service, are told to come back, and decide once`(cut: Cut) async throws {
        try await alone("F19 \(cut)", .init(counters: 0, clocks: 0, phones: 3)) { scenario in
            var prompts: [(owner: Cast.Owner, prompt: Prompt, seen: PhoneChallenge)] = []
            for owner in scenario.cast.owners {
                let prompt = try #require(try await scenario.caller.prompt(owner.person).prompt)
                prompts.append((owner, prompt, try await world.challenge(prompt, on: owner.phone)))
            }
            for line in try lines("sdk") { cut.befall(line) }
            let (owner, prompt, seen) = prompts[0]
            async let cutOff = scenario.caller.answer(
                prompt, .approve(number: prompt.number), of: owner.person, on: owner.phone, seen: seen)
            let told = try await prompts[2].owner.phone.send("POST", "/nonces", body: [])
            #expect(told.status == 503 && told.headers["retry-after"] != nil)
            #expect(try await cutOff == .unknown)
            try heal("sdk")
            // Nothing is kept on the way: an answer counts when it arrives.
            #expect(try await world.auditRows(of: owner.person, event: "push.approved") == 0)
            try await isBack(for: owner.phone)
            let again = try await scenario.caller.answer(
                prompt, .approve(number: prompt.number), of: owner.person, on: owner.phone, seen: seen)
            #expect(again == .told("approved", signIn: prompt.id))
            // One that comes back after its time is too late.
            let late = prompts[1]
            try await world.sql(
                "update core.sign_in set expires_at = clock_timestamp() where id = '\(late.prompt.id)'")
            let tooLate = try await scenario.caller.answer(
                late.prompt, .approve(number: late.prompt.number), of: late.owner.person, on: late.owner.phone,
                seen: late.seen)
            #expect(tooLate == .refused(409))
            let state = try await scenario.caller.look(late.prompt.id, of: late.owner.person)
            #expect(state == .told("expired", signIn: late.prompt.id))
        }
    }

    // F19: seconds, and in `make soak` a minute (`OUTAGE`). Phones that ask all the time leave nothing behind.
    @Test(arguments: Cut.allCases)
    func `F19 phones ask all the time while they are cut off, and are served soon afterwards`(cut: Cut) async throws {
        try await alone("F19 long \(cut)", .init(counters: 0, clocks: 0, phones: 4)) { scenario in
            let owners = scenario.cast.owners
            let before = world.resourceUse
            for line in try lines("sdk") { cut.befall(line) }
            let end = ContinuousClock.now + .seconds(Workshop.isSoak ? Workshop.count("OUTAGE", or: 60) : 1)
            repeat {
                let told = try await inParallel(owners.count) { number in
                    try await owners[number].phone.send("POST", "/nonces", body: [])
                }
                #expect(told.allSatisfy { $0.status == 503 && $0.headers["retry-after"] != nil })
            } while .now < end
            try heal("sdk")
            for owner in owners {
                try await isBack(for: owner.phone)
                let prompt = try #require(try await scenario.caller.prompt(owner.person).prompt)
                let answer = try await scenario.caller.answer(
                    prompt, .approve(number: prompt.number), of: owner.person, on: owner.phone)
                #expect(answer == .told("approved", signIn: prompt.id))
            }
            try await eventually("nothing is left of it") { world.resourceViolations(before: before).isEmpty }
        }
    }

    /// Waits until mobileapp-service reaches sdk-service again.
    private func isBack(for phone: SimulatedPhone) async throws {
        try await eventually("mobileapp-service is back", within: .seconds(20)) {
            try await phone.send("POST", "/nonces", body: []).status == 200
        }
    }

    // F20
    @Test(arguments: ["database", "core"])
    func `F20 requests pass and answers are lost, and nobody is told two things`(kind: String) async throws {
        try await Scenario.play("F20 \(kind)", in: world) { scenario in
            for line in try lines(kind) { line.inject(.drop, on: .answers) }
            let lost = try lines(kind).map(\.lostPieces).reduce(0, +)
            let place = scenario.history.operations.count
            try await eventually("answers are lost, and people ask again", within: .seconds(30)) {
                try lines(kind).map(\.lostPieces).reduce(0, +) >= lost + 4
                    && scenario.history.operations.dropFirst(place).count { $0.outcome == .unknown } >= 10
            }
            try heal(kind)
            scenario.faultEnded()
            try await world.becomeReady(within: .seconds(20))
        }
    }

    // F20: connections that end in the middle of something.
    @Test(arguments: ["database", "core", "sdk"])
    func `F20 connections are cut after some bytes, and nothing is done twice`(kind: String) async throws {
        try await Scenario.play("F20 cut \(kind)", in: world) { scenario in
            var random = scenario.random.branch(2)
            for _ in 0..<4 {
                for line in try lines(kind) {
                    line.inject(
                        .cut(afterBytes: Int.random(in: 200...20_000, using: &random)),
                        on: random.happens(percent: 50) ? .answers : .requests)
                }
                let place = scenario.history.operations.count
                try await eventually("people go on asking") { scenario.history.operations.count >= place + 20 }
            }
            try heal(kind)
            scenario.faultEnded()
            try await world.becomeReady(within: .seconds(20))
        }
    }
}

// SPDX-License-Identifier: Apache-2.0
import SimulatedPhone
import Testing
import TestKit

extension EndToEnd.Standing {
    /// Callers wait at a copy of sdk-service whose own way to mfa-core fails while phones, which come by way of the other
    /// copies, decide: answers come at most five seconds late and are never wrong.
    @Suite struct DecisionsStream {
        /// What befalls the stream of decisions.
        enum Mishap: String, CaseIterable, Sendable {
            case cut, delayed, doubled
        }

        private struct Asked: Sendable {
            let phone: SimulatedPhone
            let prompt: Prompt
            let challenge: PhoneChallenge
            /// What its phone says; nil where nobody looks at it.
            let decision: String?
        }

        /// Between a phone's answer and its caller's, whatever happens to the stream.
        private static let latest = Duration.seconds(5)
        /// What each piece of a delayed line is late by; a caller waits for two of them, the stream's and its reading.
        private static let delay = Duration.milliseconds(300)
        private let world: World

        init() throws { world = try World.current }

        // R96
        @Test(arguments: Mishap.allCases)
        func `a stream that is cut, late or repeats itself makes answers late, never wrong`(mishap: Mishap) async throws
        {
            let cores = try await inOrder(world.copies(of: .core)) { try await $0.port() }
            let lines = try cores.map { try FaultProxy(to: $0) }
            defer { for line in lines { line.stop() } }
            let urls = lines.map { "https://localhost:\($0.port)" }.joined(separator: ", ")
            let door = try await world.start(.sdk, apart: true, settings: ["core.urls": "[\(urls)]"])
            try await door.becomesReady()
            #expect(await door.logs("decisions stream open") != nil)
            let asked = try await ask(24)
            let waiting = Task { try await heard(asked, at: door, waitSeconds: 8) }
            try await eventually("all of them wait") { try await world.waitingCallers(at: door) == asked.count }
            let answered = try await decide(asked, while: mishap, on: lines, at: door)
            judge(try await waiting.value, asked, answered, "\(mishap)")
            try await door.stop()
        }

        // R96: what the database says of decisions never reaches the copy of mfa-core that the stream comes from.
        @Test func `lines that are lost while the stream stands make answers late, never wrong`() async throws {
            let line = try FaultProxy(to: world.postgres.port)
            defer { line.stop() }
            let core = try await world.start(
                .core, apart: true, settings: ["database.url": world.databaseURL("core", port: line.port)])
            let door = try await world.start(.sdk, apart: true, settings: ["core.urls": "[\(try await core.url())]"])
            for copy in [core, door] { try await copy.becomesReady() }
            #expect(await door.logs("decisions stream open") != nil)
            let place = door.log.count
            // Longer than anybody may be late: the end of the wait must not be what tells them.
            let asked = try await ask(8).filter { $0.decision != nil }
            let waiting = Task { try await heard(asked, at: door, waitSeconds: 30) }
            try await eventually("all of them wait") { try await world.waitingCallers(at: door) == asked.count }
            line.inject(.lose("countersign_decided"), on: .answers)
            let answered = try await decide(asked, while: nil, on: [], at: door)
            judge(try await waiting.value, asked, answered, "lost lines")
            #expect(line.lostPieces > 0)
            let isNew = door.log.lines(since: place).contains { $0.contains("decisions stream") }
            #expect(!isNew, "the stream did not stand")
            for copy in [door, core] { #expect(try await copy.stop() == 0) }
        }

        private func judge(
            _ told: [(state: String, at: ContinuousClock.Instant)], _ asked: [Asked],
            _ answered: [ContinuousClock.Instant?], _ what: String
        ) {
            for (number, asked) in asked.enumerated() {
                #expect(told[number].state == asked.decision ?? "pending", "\(what)")
                guard let at = answered[number] else { continue }
                #expect(told[number].at - at <= Self.latest, "\(what)")
            }
        }

        private func inOrder<Element, Value>(
            _ elements: [Element], _ work: (Element) async throws -> Value
        ) async throws -> [Value] {
            var values: [Value] = []
            for element in elements { values.append(try await work(element)) }
            return values
        }

        /// Sign-ins whose phones have seen them: every fourth is left alone, every third denied.
        private func ask(_ count: Int) async throws -> [Asked] {
            let asked = try await inParallel(count) { number in
                let person = try await world.createUser("carol", copy: number % 2)
                let phone = try await world.activatePhone(for: person, copy: 0, throughSDK: number % 2)
                let prompt = try await world.prompt(person)
                return Asked(
                    phone: phone, prompt: prompt, challenge: try await world.challenge(prompt, on: phone),
                    decision: number % 4 == 0 ? nil : number % 3 == 0 ? "denied" : "approved")
            }
            return asked
        }

        /// Each caller's answer, and when it came.
        private func heard(
            _ asked: [Asked], at door: ServiceProcess, waitSeconds: Int
        ) async throws -> [(state: String, at: ContinuousClock.Instant)] {
            let all = try await inParallel(asked.count) { number in
                let url = try await door.url()
                let reply = try await world.web.send(
                    "GET", "\(url)/api/v1/sign-ins/\(asked[number].prompt.id)?waitSeconds=\(waitSeconds)",
                    headers: [("Authorization", World.basic(try world.account("integrator")))])
                return (number: number, state: reply["state"]?.text ?? "\(reply.status)", at: ContinuousClock.now)
            }
            return all.sorted { $0.number < $1.number }.map { ($0.state, $0.at) }
        }

        /// Has all phones answer in the midst of it; when each of them was told that its answer counts.
        private func decide(
            _ asked: [Asked], while mishap: Mishap?, on lines: [FaultProxy], at door: ServiceProcess
        ) async throws -> [ContinuousClock.Instant?] {
            let place = door.log.count
            switch mishap {
            case .cut?: for line in lines { line.reset() }
            case .delayed?: for line in lines { line.inject(.delay(Self.delay), on: .answers) }
            case .doubled?, nil: break
            }
            var answered: [ContinuousClock.Instant?] = []
            for one in asked {
                guard let decision = one.decision else {
                    if mishap == .doubled { try await announce("\(one.prompt.id) approved") }
                    answered.append(nil)
                    continue
                }
                let answer: PhoneAnswer = decision == "denied" ? .deny : .approve(number: one.prompt.number)
                #expect(try await one.phone.answer(one.challenge, answer) == decision)
                answered.append(.now)
                // Once more, and once too often; and what was decided otherwise.
                if mishap == .doubled {
                    for state in [decision, decision, "denied"] { try await announce("\(one.prompt.id) \(state)") }
                }
            }
            if mishap == .cut { #expect(await door.logs("decisions stream lost", since: place) != nil) }
            return answered
        }

        /// A line for all streams, as a copy of mfa-core sends it.
        private func announce(_ line: String) async throws {
            try await world.sql("select pg_notify('countersign_decided', '\(line)')")
        }
    }
}

// SPDX-License-Identifier: Apache-2.0
import Testing
import TestKit

extension EndToEnd.Standing {
    /// Many at once, over HTTP, through two copies of sdk-service and two of mfa-core.
    @Suite struct Races {
        let world: World

        init() throws { world = try World.current }

        // R3
        @Test func `one passcode sent 64 times at once is accepted once`() async throws {
            for _ in 0..<Workshop.rounds {
                let token = try await world.createUserWithToken("alice")
                let passcode = token.passcode(step: world.step)
                let states = try await inParallel(64) { number in
                    try await world.state(of: passcode, by: token.person, copy: number % 2)
                }
                #expect(tally(states) == ["approved": 1, "denied": 63])
                #expect(try await world.auditRows(of: token.person, event: "otp.ok") == 1)
                #expect(try await world.auditRows(of: token.person, event: "otp.replay") == 63)
            }
        }

        // R8
        @Test func `one counter sent 64 times at once is accepted once`() async throws {
            let token = try await world.createUserWithToken("bob", "hotp")
            let states = try await inParallel(64) { number in
                try await world.state(of: token.passcode(counter: 10), by: token.person, copy: number % 2)
            }
            #expect(tally(states) == ["approved": 1, "denied": 63])
            #expect(try await world.state(of: token.passcode(counter: 10), by: token.person) == "denied")
            #expect(try await world.state(of: token.passcode(counter: 11), by: token.person) == "approved")
        }

        // R14
        @Test func `200 wrong passcodes at once are evaluated ten times and no more`() async throws {
            let strict = try await StrictPair(world, softLimit: 10)
            for _ in 0..<Workshop.rounds {
                let token = try await world.createUserWithToken("alice")
                let wrong = token.wrongPasscode(near: world.step)
                let states = try await inParallel(200) { number in
                    try await strict.decidedState(of: wrong, by: token.person.name, copy: number % 2)
                }
                #expect(tally(states) == ["denied": 200])
                #expect(try await world.auditRows(of: token.person, event: "otp.wrong_code") == 10)
                #expect(try await strict.refusals(of: token.person, reason: "locked") == 190)
                #expect(try await world.failures(of: token) == 10)
                #expect(try await strict.state(of: token.passcode(step: world.step), by: token.person.name) == "denied")
                _ = try await world.expect(200, "POST", "/users/\(token.person.name)/unlock")
                #expect(
                    try await strict.state(of: token.passcode(step: world.step), by: token.person.name) == "approved")
            }
            try await strict.stop()
        }
    }
}

/// Two copies of mfa-core with their own limits, each behind an sdk-service, on the database of a standing world.
struct StrictPair: Sendable {
    let world: World
    private let cores: [ServiceProcess]
    private let doors: [ServiceProcess]

    init(_ world: World, softLimit: Int, _ settings: [String: String] = [:]) async throws {
        self.world = world
        var (cores, doors): ([ServiceProcess], [ServiceProcess]) = ([], [])
        for _ in 0..<2 {
            let core = try await world.start(
                .core, apart: true,
                settings: ["lockout.softLimit": "\(softLimit)"].merging(settings) { $1 })
            cores.append(core)
            doors.append(
                try await world.start(.sdk, apart: true, settings: ["core.urls": "[\(try await core.url())]"]))
        }
        for copy in cores + doors { try await copy.becomesReady() }
        (self.cores, self.doors) = (cores, doors)
    }

    func check(
        _ passcode: String, of user: String, as account: String = "integrator", copy: Int = 0,
        headers: [(String, String)] = []
    ) async throws -> Reply {
        let body: JSON = ["user": .string(user), "factor": "passcode", "passcode": .string(passcode)]
        return try await call("POST", "/sign-ins", body, as: account, copy: copy, headers: headers)
    }

    /// One call by way of one of the two.
    func call(
        _ method: String, _ path: String, _ body: JSON? = nil, as account: String = "integrator", copy: Int = 0,
        headers: [(String, String)] = []
    ) async throws -> Reply {
        try await world.web.send(
            method, "\(try await doors[copy].url())/api/v1\(path)",
            headers: [
                ("Authorization", World.basic(try world.account(account))), ("Content-Type", "application/json"),
            ] + headers, body: body?.bytes)
    }

    func state(of passcode: String, by user: String, copy: Int = 0) async throws -> String {
        let reply = try await check(passcode, of: user, copy: copy)
        return reply["state"]?.text ?? "\(reply.status) \(reply.text)"
    }

    /// The state once something was decided: on a busy machine, a person is locked longer than some of many callers may
    /// wait, and those ask again.
    func decidedState(of passcode: String, by user: String, copy: Int = 0) async throws -> String {
        for _ in 0..<10 {
            let state = try await state(of: passcode, by: user, copy: copy)
            guard state.hasPrefix("503 ") else { return state }
        }
        return try await state(of: passcode, by: user, copy: copy)
    }

    /// Audited refusals of this person for one reason.
    func refusals(of person: Person, reason: String) async throws -> Int {
        try await world.number(
            "select count(*) from core.audit_event where user_id = '\(person.id)' and reason = '\(reason)'")
    }

    /// Stops the copies; the world goes on.
    func stop() async throws {
        for copy in doors + cores { #expect(try await copy.stop() == 0) }
    }
}

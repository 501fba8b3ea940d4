// SPDX-License-Identifier: Apache-2.0
import Postgres
import Primitives
import SimulatedPhone
import Testing
import TestKit

extension EndToEnd.Faults {
    /// The database stops, starts, or takes no audit rows.
    @Suite(
        .world {
            var plan = World.Plan()
            plan.core = World.patientLimits
            return try await World.running("outages", copies: 2, plan)
        }, .logsOfTheWorld, .serialized)
    struct Outages {
        let world: World

        init() throws { world = try World.current }

        // R88, R98
        @Test func `without the database nobody is let in, and everything comes back by itself`() async throws {
            let tokens = try await inParallel(10) { _ in try await world.createUserWithToken("bob", "hotp") }
            let (person, phone) = try await world.createUserWithPhone("carol")
            let prompt = try await world.prompt(person)
            _ = try await world.challenge(prompt, on: phone)
            try await world.postgres.stop(.fast)
            try await world.becomeUnready(within: .seconds(5))
            var replies: [Reply] = []
            for _ in 0..<10 {
                replies += try await inParallel(100) { number in
                    try await world.check(
                        tokens[number % 10].passcode(counter: UInt64(number / 10)),
                        of: tokens[number % 10].person.name, copy: number % 2)
                }
            }
            #expect(tally(replies.map(\.status)) == [503: 1_000])
            #expect(replies.allSatisfy { $0.code == "unavailable" && $0.header("retry-after") != nil })
            #expect(!replies.contains { $0.text.contains("approved") })
            let page = try await world.web.send("GET", try await world.copies(of: .portal)[0].url() + "/enroll/")
            #expect(page.status == 200 || page.status == 503)
            let mobile = try await phone.send("POST", "/nonces", body: [])
            #expect(mobile.status == 200 || mobile.status == 503)
            for copy in world.allCopies {
                #expect(try await world.operators("/livez", of: copy).status == 200, "\(copy.name)")
                #expect(copy.process.isRunning)
            }
            try await world.postgres.start()
            try await world.becomeReady(within: .seconds(10))
            // R22: nothing was counted, nothing was spent.
            for token in tokens {
                #expect(try await world.failures(of: token) == 0)
                #expect(try await world.state(of: token.passcode(counter: 0), by: token.person) == "approved")
            }
        }

        // R22, F6
        @Test(arguments: [OwnPostgres.StopMode.fast, .immediate])
        func `a restart under load counts nothing against anybody`(mode: OwnPostgres.StopMode) async throws {
            let users = try await inParallel(8) { _ in try await world.createUserWithToken("bob", "hotp") }
            let wrong = users[0].wrongPasscode(near: world.step)
            let load = Load()
            let working = Task {
                try await inParallel(users.count) { number in
                    // Every other person only ever gets wrong passcodes, whose number must be counted exactly.
                    var counter: UInt64 = 0
                    while !load.isOver {
                        let code = number % 2 == 0 ? users[number].passcode(counter: counter) : wrong
                        let reply = try await world.check(code, of: users[number].person.name, copy: number % 2)
                        load.add(reply.status == 200 ? reply["state"]?.text ?? "?" : "\(reply.status)", for: number)
                        // What came to nothing is tried again with the same passcode, as a person would.
                        if reply.status == 200 { counter += 1 }
                        // Long before the hard cap, which would end the counting (R15).
                        if number % 2 == 1, reply.status == 200, counter % 50 == 0 {
                            try await unlock(users[number].person, unless: load)
                        }
                    }
                }
            }
            try await eventually("the load runs") { load.count >= 40 }
            try await world.postgres.restart(mode)
            try await world.becomeReady(within: .seconds(10))
            let back = load.count
            try await eventually("work goes on") { load.count >= back + 40 }
            load.end()
            _ = try await working.value
            for number in users.indices {
                let answers = load.answers(for: number)
                let told = tally(answers)
                #expect(Set(told.keys).isSubset(of: ["approved", "denied", "503"]), "\(told)")
                let failures = try await world.failures(of: users[number])
                if number % 2 == 0 {
                    // An answer may have been lost after its commit, so a passcode is right or was spent: never wrong.
                    #expect(
                        try await world.auditRows(of: users[number].person, event: "otp.wrong_code") == 0, "\(told)")
                    let ok = try await world.auditRows(of: users[number].person, event: "otp.ok")
                    // R85: nobody was let in without a row.
                    #expect(ok >= told["approved"] ?? 0)
                } else {
                    let rows = try await world.auditRows(of: users[number].person, event: "otp.wrong_code")
                    #expect(try await failures == wrongSinceUnlock(users[number].person), "\(told)")
                    #expect(rows >= told["denied"] ?? 0)
                    // A 503 whose commit is unknown may have been evaluated; one that never reached the database not.
                    #expect(rows <= (told["denied"] ?? 0) + 2, "\(told)")
                }
            }
        }

        private func unlock(_ person: Person, unless load: Load) async throws {
            var status = 0
            while status != 200, !load.isOver {
                status = try await world.call("POST", "/users/\(person.name)/unlock").status
            }
        }

        /// Wrong passcodes that the audit has of a person after the latest unlock.
        private func wrongSinceUnlock(_ person: Person) async throws -> Int {
            try await world.number(
                """
                select count(*) from core.audit_event where user_id = '\(person.id)' and event = 'otp.wrong_code'
                   and id > (select coalesce(max(id), 0) from core.audit_event
                       where user_id = '\(person.id)' and event = 'user.unlocked')
                """)
        }

        // R85, R98
        @Test func `what cannot be audited is not accepted, and not spent`() async throws {
            let token = try await world.createUserWithToken("alice")
            let code = token.passcode(step: world.step + 1)
            try await world.sql("revoke execute on function core.audit_append(jsonb) from mfa_core")
            let reply = try await world.check(code, of: token.person.name)
            #expect(reply.status == 503 && reply.code == "unavailable")
            for copy in world.copies(of: .core) {
                try await eventually("\(copy.name) says why", within: .seconds(5)) {
                    let ready = try await world.operators("/readyz", of: copy)
                    return ready.status == 503 && ready.text.contains("audit_unwritable")
                }
            }
            try await world.sql("grant execute on function core.audit_append(jsonb) to mfa_core")
            try await world.becomeReady(within: .seconds(10))
            #expect(try await world.failures(of: token) == 0)
            #expect(try await world.state(of: code, by: token.person) == "approved")
        }

        // R98
        @Test func `a service says that what it needs is gone`() async throws {
            let sdk = try await world.start(.sdk, apart: true, settings: ["core.urls": "[https://localhost:1]"])
            try await eventually("sdk-service names mfa-core", within: .seconds(5)) {
                try await world.operators("/readyz", of: sdk).text.contains("core_unreachable")
            }
            #expect(try await world.operators("/livez", of: sdk).status == 200)
            let metrics = try await world.operators("/metrics", of: sdk)
            #expect(metrics.status == 200 && metrics.text.contains("# TYPE"))
            #expect(try await sdk.stop() == 0)
        }

        // R93
        @Test func `a copy whose clock is wrong evaluates nothing, and another one goes on`() async throws {
            let clock = try FakeClock(file: "\(world.folder)/clock-of-one-copy")
            let odd = try await world.start(.core, apart: true, environment: clock.environment)
            let door = try await world.start(.sdk, apart: true, settings: ["core.urls": "[\(try await odd.url())]"])
            for copy in [odd, door] { try await copy.becomesReady() }
            let token = try await world.createUserWithToken("alice")
            for seconds in [30, 86_400] {
                try clock.advance(seconds: seconds)
                try await expectNothingEvaluated(by: odd, behind: door, clock, token)
            }
            try clock.advance(seconds: -clock.secondsAhead)
            try await eventually("it comes back", within: .seconds(10)) {
                try await world.operators("/readyz", of: odd).status == 200
            }
            #expect(try await world.state(of: token.passcode(step: world.step), by: token.person) == "approved")
            for copy in [door, odd] { #expect(try await copy.stop() == 0) }
        }

        /// The passcode that is right by the odd copy's clock: refused, not counted, and the copy leaves service.
        private func expectNothingEvaluated(
            by odd: ServiceProcess, behind door: ServiceProcess, _ clock: FakeClock, _ token: Token
        ) async throws {
            let passcode = token.passcode(step: UInt64(Int64(world.now.seconds) + Int64(clock.secondsAhead)) / 30)
            let body: JSON = [
                "user": .string(token.person.name), "factor": "passcode", "passcode": .string(passcode),
            ]
            let reply = try await world.web.send(
                "POST", "\(try await door.url())/api/v1/sign-ins",
                headers: [
                    ("Authorization", World.basic(try world.account("integrator"))),
                    ("Content-Type", "application/json"),
                ], body: body.bytes)
            #expect(reply.status == 503 && reply.code == "unavailable", "\(reply.text)")
            try await eventually("it leaves service", within: .seconds(5)) {
                try await world.operators("/readyz", of: odd).text.contains("clock_skew")
            }
            #expect(try await world.failures(of: token) == 0)
        }

        // R90
        @Test func `a commit that no standby has is never an approval`() async throws {
            let token = try await world.createUserWithToken("bob", "hotp")
            try await world.postgres.set("synchronous_standby_names", to: "standby_that_is_not_there")
            try await eventually("the setting holds") {
                try await world.sql("show synchronous_standby_names").first?.text("synchronous_standby_names") != ""
            }
            let settled = try await world.metric("mfa_commit_settled_total")
            let replies = try await inParallel(8) { number in
                try await world.check(token.passcode(counter: UInt64(number)), of: token.person.name, copy: number % 2)
            }
            #expect(tally(replies.map(\.status)) == [503: 8])
            #expect(try await world.metric("mfa_commit_settled_total") > settled)
            try await world.postgres.set("synchronous_standby_names", to: nil)
            try await world.becomeReady(within: .seconds(15))
            // Committed or not, a passcode is accepted at most once and no approval was told.
            let again = try await inParallel(8) { number in
                try await world.check(token.passcode(counter: 8), of: token.person.name, copy: number % 2)
            }
            #expect(again.filter { $0["state"]?.text == "approved" }.count == 1)
        }
    }
}

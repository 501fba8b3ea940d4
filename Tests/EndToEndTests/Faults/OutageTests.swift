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

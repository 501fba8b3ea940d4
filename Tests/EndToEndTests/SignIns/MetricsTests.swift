// SPDX-License-Identifier: Apache-2.0
import Testing
import TestKit

extension EndToEnd.Standing {
    /// The numbers that operators see (docs/operating/metrics.md).
    @Suite struct DecisionNumbers {
        let world: World

        init() throws { world = try World.current }

        private func decided(_ factor: String, _ state: String) async throws -> Int {
            try await world.metric("mfa_authentication_decided_total", "factor=\"\(factor)\",state=\"\(state)\"")
        }

        @Test func `decisions are counted by state and factor`() async throws {
            let token = try await world.createUserWithToken("alice")
            let (person, phone) = try await world.createUserWithPhone("carol")
            let before = [
                try await decided("totp", "approved"), try await decided("passcode", "denied"),
                try await decided("device", "approved"), try await decided("push", "cancelled"),
            ]
            #expect(try await world.state(of: token.passcode(step: world.step), by: token.person) == "approved")
            #expect(try await world.state(of: token.wrongPasscode(near: world.step), by: token.person) == "denied")
            #expect(try await world.approve(try await world.prompt(person), on: phone) == "approved")
            let given = try await world.prompt(person)
            _ = try await world.expect(200, "POST", "/sign-ins/\(given.id)/cancellation", as: "integrator")
            let after = [
                try await decided("totp", "approved"), try await decided("passcode", "denied"),
                try await decided("device", "approved"), try await decided("push", "cancelled"),
            ]
            #expect(after == before.map { $0 + 1 })
        }
    }
}

extension World {
    /// What all copies of mfa-core have counted under `name` with these labels, or with any.
    func metric(_ name: String, _ labels: String = "") async throws -> Int {
        var sum = 0
        for copy in copies(of: .core) {
            let lines = try await operators("/metrics", of: copy).text.split(separator: "\n")
            for line in lines where line.hasPrefix("\(name){") && line.contains(labels) {
                sum += line.split(separator: " ").last.flatMap { Int($0) } ?? 0
            }
        }
        return sum
    }
}

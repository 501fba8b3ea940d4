// SPDX-License-Identifier: Apache-2.0
import HTTPTypes
import HummingbirdTesting
import MFAAPI
import MFACoreServer
import MFACoreStore
import Postgres
import Primitives
import TestKit
import Testing

/// A policy at work: what it says is done from the next sign-in on, and the row tells which line said it.
@Suite struct PolicySignInTests {
    private func apply(_ yaml: String, to door: CoreDoor) async throws { try await door.apply(policy: yaml) }

    private func explanation(_ door: CoreDoor, _ id: String?) async throws -> JSON? {
        let text = try await door.value("select explanation as t from core.sign_in where id = '\(id ?? "")'")
        return text.flatMap { JSON(parsing: Array($0.utf8)) }
    }

    // R20, R87
    @Test func `a line that refuses is obeyed at once, and the sign-in and the audit name it`() async throws {
        try await CoreDoor.open { door async throws in
            try await door.addUser("alice", ["groups": ["guests"]])
            try await door.addToken()
            let waiting = try await door.begin()
            #expect(try await door.check("alice", RFC4226.passcodes[0])["state"] == "approved")
            #expect(try await explanation(door, waiting) == nil, "the built-in policy needs no explanation")
            try await apply(
                """
                lines:
                  - {name: mail, when: {applications: [mail]}, then: {action: ask}}
                  - {name: no guests, when: {groups: [guests]}, then: {action: refuse}}
                """, to: door)
            let refused = try await door.check("alice", RFC4226.passcodes[1])
            #expect(refused["state"] == "denied" && refused["reason"] == "refused")
            #expect(try await door.lastAudit() == "otp.policy_refuses policy_refuses")
            let told = try await explanation(door, refused["id"])
            #expect(told?["line"]?.text == "no guests" && told?["version"]?.integer == 1)
            #expect(told?["passed"]?.items.first?["because"]?.text == "application")
            // What waited before the policy changed is refused by it, however right the passcode.
            let late = try await door.send(
                .answerSignIn, ["passcode": .string(RFC4226.passcodes[2])], id: waiting)
            #expect(late["state"] == "pending", "a wrong answer of three")
            _ = try await door.send(.updateUser, ["groups": []])
            #expect(
                try await door.check("alice", RFC4226.passcodes[3])["state"] == "approved", "not one of them any more")
        }
    }

    // R87: what the sign-in kept is told whole, also by a program that has another policy now.
    @Test func `audit show says which line decided, and why those before it did not`() async throws {
        try await CoreDoor.open { door async throws in
            try await door.addUser("alice", ["groups": ["guests"]])
            try await door.addToken()
            _ = try await door.check("alice", RFC4226.passcodes[0])
            try await apply(
                """
                lines:
                  - {name: mail, when: {applications: [mail]}, then: {action: ask}}
                  - {name: no guests, when: {groups: [guests]}, then: {action: refuse}}
                """, to: door)
            _ = try await door.check("alice", RFC4226.passcodes[1])
            try await apply("lines: []", to: door)
            _ = try await door.check("alice", RFC4226.passcodes[2])
            let site = try CommandSite(door.database)
            func show(_ place: Int) async throws -> CommandReport {
                let id = try await door.value(
                    """
                    select id::text as t from core.audit_event where event like 'otp.%' order by id
                    offset \(place) limit 1
                    """)
                return try await AuditAdministration.show(try #require(id.flatMap { Int64($0) }), site.options)
            }
            let builtIn = try await show(0)
            #expect(builtIn.json?["outcome"]?.text == "approved" && builtIn.json?["policy"] == nil)
            let refused = try await show(1)
            let policy = try #require(refused.json?["policy"])
            #expect(policy["version"]?.integer == 1 && policy["result"]?.text == "policy_refuses")
            #expect(policy["line"]?.text == "no guests" && policy["sentence"]?.text == "refused by the policy")
            #expect(
                policy["passed"] == [
                    ["line": "mail", "because": "application", "sentence": "the application is not mail"]
                ])
            let text = refused.rendered(asJSON: false)
            for line in ["line “no guests”", "refused by the policy", "  “mail”: the application is not mail\n"] {
                #expect(text.contains(line), "\(text)")
            }
            let asked = try await show(2)
            #expect(asked.rendered(asJSON: false).contains("the defaults"))
            #expect(asked.json?["policy"]?["sentence"]?.text == "asked for a factor")
            #expect(asked.json?["policy"]?["passed"] == [])
            // R99: who reads the audit alone reads in the row itself which line it was.
            let auditor = try site.options(of: .auditor, to: door.database)
            let id = try #require(refused.json?["id"]?.integer)
            let seen = try await AuditAdministration.show(Int64(id), auditor)
            #expect(seen.json?["policy"] == nil && seen.json?["detail"]?["policy_line"]?.text == "no guests")
            // A version that cannot be read takes the words away, and nothing else.
            try await door.database.database.run("update core.policy set document = '{}' where version = 1")
            let unread = try await show(1)
            #expect(unread.json?["policy"]?["passed"] == [["line": "mail", "because": "application"]])
            #expect(unread.rendered(asJSON: false).contains("  “mail”: application\n"))
        }
    }

    @Test func `from a trusted network nobody is asked, and no passcode is spent`() async throws {
        try await CoreDoor.open { door async throws in
            try await door.addUser()
            try await door.addToken()
            try await apply(
                "networks: {office: 192.0.2.0/24}\ndefaults: {trustedNetworks: [office]}", to: door)
            let inside = try await door.send(
                .startSignIn,
                ["user": "alice", "passcode": .string(RFC4226.passcodes[0]), "clientAddress": "192.0.2.9"])
            #expect(inside["state"] == "approved" && inside["waiver"] == "trusted_network")
            #expect(inside.json?.keys == ["decidedAt", "id", "state", "waiver"])
            #expect(try await door.lastAudit() == "sign_in.waived trusted_network")
            let unknown = try await door.send(.startSignIn, ["user": "nobody", "clientAddress": "192.0.2.9"])
            #expect(unknown["state"] == "pending", "asked like anybody whose network is not trusted")
            #expect(try await door.check("alice", RFC4226.passcodes[0])["state"] == "approved", "not spent before")
        }
    }

    @Test func `a kind that is not allowed is not tried, and costs nobody a failure`() async throws {
        try await CoreDoor.open { door async throws in
            try await door.addUser()
            try await door.addToken()
            try await apply("defaults: {factors: [totp, device]}", to: door)
            for _ in 0..<6 {
                #expect(try await door.check("alice", RFC4226.passcodes[0])["state"] == "denied")
            }
            #expect(try await door.lastAudit() == "otp.factor_not_allowed factor_not_allowed")
            try await apply("defaults: {factors: [hotp]}", to: door)
            #expect(try await door.check("alice", RFC4226.passcodes[0])["state"] == "approved")
        }
    }

    // R87
    @Test func `somebody without a factor is told to enrol, whatever is asked for, and the row says so`() async throws {
        try await CoreDoor.open { door async throws in
            try await door.addUser()
            try await door.setPassword("correct horse")
            try await apply("lines: [{name: newcomers, then: {withoutFactor: enrol}}]", to: door)
            for (more, event) in [
                ([:], "otp.must_enrol"), (["factor": "push"], "push.must_enrol"),
                (["factor": "passcode"], "otp.must_enrol"),
                (["passcode": "123456"], "otp.must_enrol"),
            ] as [([String: JSON], String)] {
                let told = try await door.send(.startSignIn, JSON.object(more.merging(["user": "alice"]) { $1 }))
                #expect(told["state"] == "denied" && told["reason"] == "refused" && told["nextStep"] == "enrol")
                #expect(try await door.lastAudit() == "\(event) must_enrol")
                #expect(try await explanation(door, told["id"])?["line"]?.text == "newcomers")
                #expect(try await door.send(.readSignIn, id: told["id"] ?? "")["nextStep"] == "enrol")
            }
            #expect(try await door.send(.startSignIn, ["user": "nobody"])["state"] == "pending", "like anybody (R19)")
            func portal(_ password: JSON) async throws -> TestResponse {
                try await door.send(.startPortalSignIn, ["user": "alice", "password": password], as: .portal)
            }
            #expect(try await portal("wrong horse").json?["nextStep"] == nil)
            #expect(try await portal("correct horse")["nextStep"] == "enrol")
            try await door.addToken()
            #expect(try await door.check("alice", RFC4226.passcodes[0])["state"] == "approved")
        }
    }

    @Test func `how long a sign-in waits is what the terms say`() async throws {
        try await CoreDoor.open { door async throws in
            try await door.addUser()
            try await door.addToken()
            try await apply("defaults: {timeoutSeconds: 600}", to: door)
            let id = try await door.begin()
            let seconds = try await door.value(
                "select extract(epoch from expires_at - created_at)::int::text as t from core.sign_in where id = '\(id)'"
            )
            #expect(seconds == "600")
        }
    }

    // R85: a policy that cannot be read lets nobody in.
    @Test func `a version that this program cannot read lets nobody in`() async throws {
        try await CoreDoor.open { door async throws in
            try await door.addUser()
            try await door.addToken()
            try await apply("defaults: {timeoutSeconds: 600}", to: door)
            _ = try await door.value(
                """
                insert into core.policy (version, document, source, created_by)
                values (2, '{"lines":1}', '', 'x') returning 'x' as t
                """)
            let answer = try await door.check("alice", RFC4226.passcodes[0])
            #expect(answer.status == .serviceUnavailable && answer.code == "unavailable")
        }
    }
}

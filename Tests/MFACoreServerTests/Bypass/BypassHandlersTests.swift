// SPDX-License-Identifier: Apache-2.0
import HTTPTypes
import HummingbirdTesting
import MFAAPI
import TestKit
import Testing

/// One-time bypasses over the contract's paths (R78).
struct BypassHandlersTests {
    private static let reason: JSON = ["reason": "phone at home"]

    @Test func `a bypass lets the next sign-in in, once, and says so in its answer`() async throws {
        try await CoreDoor.open { door async throws in
            try await door.addUser()
            try await door.addToken()
            let made = try await door.send(.createBypass, Self.reason)
            #expect(made.status == .created && made.json?.keys == ["expiresAt"])
            #expect(try await door.send(.readUser)["bypassUntil"] == made["expiresAt"])
            #expect(
                try await door.value(#"select (bypass_until - bypass_at)::text as t from core."user""#) == "00:05:00")
            let push = try await door.send(.startSignIn, ["user": "ALICE"])
            #expect(push["state"] == "approved" && push["waiver"] == "one_time_bypass")
            #expect(push.json?.keys == ["decidedAt", "id", "state", "waiver"])
            #expect(try await door.lastAudit() == "sign_in.waived one_time_bypass")
            #expect(try await door.send(.readSignIn, id: push["id"] ?? "")["waiver"] == "one_time_bypass")
            #expect(try await door.send(.readUser)["bypassUntil"] == nil)
            #expect(try await door.check("alice", RFC4226.wrongPasscode)["state"] == "denied")
            let used = try await door.value(
                """
                select concat_ws(' ', actor, application, detail ->> 'issued_by', detail ->> 'reason') as t
                from core.audit_event where event = 'bypass.used'
                """)
            #expect(used == "vpn vpn administrator phone at home")
        }
    }

    // R72: whoever asks again with the same key gets the same answer, and uses nothing up.
    @Test func `the same key is told of the same waiver, and another one is asked`() async throws {
        try await CoreDoor.open { door async throws in
            try await door.addUser()
            try await door.addToken()
            _ = try await door.send(.createBypass, Self.reason)
            let body: JSON = ["user": "alice", "passcode": .string(RFC4226.wrongPasscode)]
            let first = try await door.send(.startSignIn, body, key: "k1")
            #expect(first["waiver"] == "one_time_bypass")
            #expect(try await door.send(.startSignIn, body, key: "k1").text == first.text)
            #expect(try await door.send(.startSignIn, body, key: "k2")["state"] == "denied")
        }
    }

    @Test func `what does not fit is refused, and nobody is let in`() async throws {
        try await CoreDoor.open { door async throws in
            try await door.addUser()
            for body: JSON in [
                [:], ["reason": ""], ["reason": "a\nb"], ["reason": .string(String(repeating: "x", count: 201))],
                ["reason": "x", "validSeconds": 9], ["reason": "x", "validSeconds": 3601],
                ["reason": "x", "validSeconds": "300"], ["reason": "x", "application": "vpn"],
            ] {
                #expect(try await door.send(.createBypass, body).code == "invalid_request", "\(body)")
            }
            #expect(try await door.send(.createBypass, Self.reason, user: "nobody").code == "not_found")
            #expect(try await door.send(.deleteBypass, user: "nobody").code == "not_found")
            _ = try await door.send(.blockUser, ["reason": "lost"])
            let blocked = try await door.send(.createBypass, Self.reason)
            #expect(blocked.status == .conflict && blocked.code == "conflict")
            #expect(try await door.send(.createBypass, Self.reason, user: "me", as: .portal).code == "forbidden")
            #expect(try await door.value("select count(*)::text as t from core.bypass_count") == "0")
        }
    }

    @Test func `a bypass is withdrawn, and its time runs out`() async throws {
        try await CoreDoor.open { door async throws in
            try await door.addUser()
            try await door.addToken()
            _ = try await door.send(.createBypass, ["reason": "x", "validSeconds": 3600])
            for _ in 0..<2 { #expect(try await door.send(.deleteBypass).status == .noContent) }
            #expect(try await door.check("alice", RFC4226.wrongPasscode)["state"] == "denied")
            _ = try await door.send(.createBypass, ["reason": "x", "validSeconds": 10])
            try await door.database.database.run(
                #"update core."user" set bypass_until = clock_timestamp() - interval '1 second'"#)
            #expect(try await door.send(.readUser)["bypassUntil"] == nil)
            #expect(try await door.check("alice", RFC4226.wrongPasscode)["state"] == "denied")
        }
    }

    @Test func `the sixth of a day is refused, another administrator's and tomorrow's are not`() async throws {
        try await CoreDoor.open { door async throws in
            for number in 0..<6 { try await door.addUser("user\(number)") }
            for number in 0..<5 {
                #expect(try await door.send(.createBypass, Self.reason, user: "user\(number)").status == .created)
            }
            let sixth = try await door.send(.createBypass, Self.reason, user: "user5", key: "k")
            #expect(sixth.status == .forbidden && sixth.code == "forbidden")
            #expect(try await door.lastAudit() == "bypass.refused daily_limit")
            let other = Account(name: "helpdesk", scopes: [.manageUsers])
            #expect(try await door.send(.createBypass, Self.reason, user: "user5", as: other).status == .created)
            try await door.database.database.run("update core.bypass_count set day = day - 1")
            // The refusal was not kept under its key.
            #expect(try await door.send(.createBypass, Self.reason, user: "user5", key: "k").status == .created)
        }
    }

    @Test func `where none is allowed none is issued`() async throws {
        try await CoreDoor.open(["bypass.perAdministratorPerDay": "0"]) { door async throws in
            try await door.addUser()
            #expect(try await door.send(.createBypass, Self.reason).code == "forbidden")
        }
    }
}

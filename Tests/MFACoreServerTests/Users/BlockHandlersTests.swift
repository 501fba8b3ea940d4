// SPDX-License-Identifier: Apache-2.0
import DeviceProtocol
import HTTPTypes
import HummingbirdTesting
import MFAAPI
import TestKit
import Testing

/// Somebody who is blocked, over the contract's paths.
struct BlockHandlersTests {
    private static let password = "correct horse"

    private func startPortal(_ door: CoreDoor) async throws -> TestResponse {
        try await door.send(.startPortalSignIn, ["user": "alice", "password": .string(Self.password)], as: .portal)
    }

    // R20: whichever way somebody comes, and whatever waited before.
    @Test func `a blocked person is refused on every way in, and no prompt is sent`() async throws {
        try await CoreDoor.open { door async throws in
            try await door.addUser()
            try await door.addToken()
            try await door.setPassword(Self.password)
            let phone = try await Phone.activated(door)
            let ticket = try await door.ticket(Self.password, counter: 0)
            let secret = try #require(try await door.send(.createActivation)["secret"])
            let waiting = try await door.begin()
            let choosing = try #require(try await startPortal(door)["id"])
            let prompt = try await door.begin("alice", "push")
            let challenge = try await phone.challenge()

            #expect(try await door.send(.blockUser, ["reason": "phone lost"]).status == .ok)
            // What waited.
            #expect(try await door.send(.readSignIn, id: prompt)["state"] == "denied")
            #expect(try await phone.answer(challenge, .approve, number: "000000").code == "already_decided")
            #expect(try await phone.challenges().json?["items"]?.items.isEmpty == true)
            for state in ["pending", "pending", "denied"] {
                let answer = try await door.send(
                    .answerSignIn, ["passcode": .string(RFC4226.passcodes[1])], id: waiting)
                #expect(answer["state"] == state)
            }
            let chosen = try await door.send(.choosePortalFactor, ["factor": "push"], id: choosing, as: .portal)
            #expect(chosen["state"] == "denied")
            // What begins anew.
            #expect(try await door.check("alice", RFC4226.passcodes[1])["state"] == "denied")
            let push = try await door.send(.startSignIn, ["user": "alice", "factor": "push"])
            #expect(push["state"] == "denied" && push["reason"] == "refused")
            // R19: asked like anybody, and in vain.
            let preferred = try await door.send(.startSignIn, ["user": "alice"])
            #expect(preferred["state"] == "pending" && preferred["nextStep"] == "passcode")
            #expect(try await startPortal(door)["state"] == "denied")
            let late = try await Phone(door).activate(.secret(secret))
            #expect(late.status == .unauthorized)
            let holder = Account.portal(holding: ticket)
            #expect(try await door.send(.listFactors, user: "me", as: holder).status == .unauthorized)
            #expect(
                try await door.value("select count(*)::text as t from core.audit_event where event = 'push.started'")
                    == "1")

            #expect(try await door.send(.unblockUser).status == .ok)
            #expect(try await door.check("alice", RFC4226.passcodes[1])["state"] == "approved", "nothing was spent")
        }
    }

    // R20
    @Test func `a block lasts 90 days or as long as is said, and ends by itself`() async throws {
        try await CoreDoor.open { door async throws in
            try await door.addUser()
            try await door.addToken()
            for body: JSON in [
                ["reason": "x", "durationSeconds": 0], ["reason": "x", "durationSeconds": 315_360_001],
                ["reason": "x", "durationSeconds": 60, "untilUnblocked": true], ["reason": "x", "untilUnblocked": 1],
                ["reason": "x", "durationSeconds": "60"],
            ] {
                #expect(try await door.send(.blockUser, body).code == "invalid_request", "\(body)")
            }
            let usual = try await door.send(.blockUser, ["reason": "phone lost"])
            #expect(usual["blockedAt"] != nil && usual["blockedUntil"] != nil)
            let lasts = #"select (blocked_until - blocked_at)::text as t from core."user""#
            #expect(try await door.value(lasts) == "90 days")
            let endless = try await door.send(.blockUser, ["reason": "left us", "untilUnblocked": true])
            #expect(endless["blockedUntil"] == nil && endless["blockedReason"] == "left us")
            _ = try await door.send(.blockUser, ["reason": "on leave", "durationSeconds": 3600])
            #expect(try await door.value(lasts) == "01:00:00")
            #expect(try await door.check("alice", RFC4226.passcodes[0])["state"] == "denied")
            try await door.database.database.run(
                #"update core."user" set blocked_until = clock_timestamp() - interval '1 second'"#)
            #expect(try await door.check("alice", RFC4226.passcodes[0])["state"] == "approved")
            for shown in [
                try await door.send(.readUser).json, try await door.send(.listUsers).json?["items"]?.items.first,
                try await door.send(.updateUser, ["displayName": "Alice"]).json,
            ] {
                #expect(shown?["blocked"]?.boolean == false && shown?["blockedReason"] == nil)
            }
        }
    }

    // R87
    @Test func `an unblock may say why`() async throws {
        try await CoreDoor.open { door async throws in
            try await door.addUser()
            _ = try await door.send(.blockUser, ["reason": "phone lost"])
            let long = JSON.string(String(repeating: "x", count: 201))
            for body: JSON in [["reason": long], ["reason": 1], ["why": "x"]] {
                #expect(try await door.send(.unblockUser, body).code == "invalid_request", "\(body)")
            }
            let unblocked = try await door.send(.unblockUser, ["reason": "found again"])
            #expect(unblocked.json?["blocked"]?.boolean == false)
            let detail = try await door.value(
                "select (detail - 'changes')::text as t from core.audit_event where event = 'user.unblocked'")
            #expect(detail == #"{"reason": "found again"}"#)
        }
    }
}

// SPDX-License-Identifier: Apache-2.0
import DeviceProtocol
import HTTPTypes
import HummingbirdTesting
import MFAAPI
import TestKit
import Testing

struct PromptTests {
    @Test func `a prompt shows its number to the caller while it waits, and never again`() async throws {
        try await CoreDoor.open { door async throws in
            try await door.addUser()
            _ = try await Phone.activated(door)
            // The person's device is preferred where nothing is named.
            let started = try await door.send(.startSignIn, ["user": "alice"])
            #expect(started.json?.keys == ["expiresAt", "factor", "id", "nextStep", "numberToEnter", "state"])
            #expect(started["factor"] == "push" && started["nextStep"] == "wait")
            let number = try #require(started["numberToEnter"])
            #expect(number.wholeMatch(of: /[0-9]{6}/) != nil)
            let id = try #require(started["id"])
            #expect(try await door.send(.readSignIn, id: id)["numberToEnter"] == number)
            let cancelled = try await door.send(.cancelSignIn, id: id)
            #expect(cancelled["state"] == "cancelled" && cancelled["numberToEnter"] == nil)
            #expect(try await door.value("select number as t from core.sign_in") == nil)
        }
    }

    // R26, R30: the number of one login never reaches another.
    @Test func `a second prompt is denied while one waits, and learns nothing of it`() async throws {
        try await CoreDoor.open { door async throws in
            try await door.addUser()
            _ = try await Phone.activated(door)
            let id = try await door.begin("alice", "push")
            let second = try await door.send(
                .startSignIn, ["user": "alice", "factor": "push"],
                as: Account(name: "mail", scopes: [.authenticate]))
            #expect(second.json?.keys == ["decidedAt", "factor", "id", "reason", "retryAfterSeconds", "state"])
            #expect(second["reason"] == "promptPending" && second["id"] != id)
            #expect(second.json?["retryAfterSeconds"]?.integer.map { (1...60).contains($0) } == true)
            _ = try await door.send(.cancelSignIn, id: id)
            _ = try await door.begin("alice", "push")
        }
    }

    // R72
    @Test func `the same key joins its own prompt, and another body does not`() async throws {
        try await CoreDoor.open { door async throws in
            try await door.addUser()
            _ = try await Phone.activated(door)
            let body: JSON = ["user": "alice", "factor": "push"]
            let first = try await door.send(.startSignIn, body, key: "k1")
            #expect(try await door.send(.startSignIn, body, key: "k1").text == first.text)
            let other = try await door.send(.startSignIn, ["user": "alice"], key: "k1")
            #expect(other.status == .unprocessableContent && other.code == "idempotency_mismatch")
            // A key belongs to its account.
            let mail = Account(name: "mail", scopes: [.authenticate])
            #expect(try await door.send(.startSignIn, body, as: mail, key: "k1")["reason"] == "promptPending")
        }
    }

    @Test func `a passcode does not answer a prompt`() async throws {
        try await CoreDoor.open { door async throws in
            try await door.addUser()
            try await door.addToken()
            _ = try await Phone.activated(door)
            let id = try await door.begin("alice", "push")
            let answer = try await door.send(.answerSignIn, ["passcode": .string(RFC4226.passcodes[0])], id: id)
            #expect(answer.status == .conflict && answer.code == "conflict")
            #expect(try await door.check("alice", RFC4226.passcodes[0])["state"] == "approved")
        }
    }

    // R20
    @Test(arguments: ["disable", "block", "delete"])
    func `a person who may not sign in any more has no prompt waiting`(act: String) async throws {
        try await CoreDoor.open { door async throws in
            try await door.addUser()
            _ = try await Phone.activated(door)
            let id = try await door.begin("alice", "push")
            switch act {
            case "disable": _ = try await door.send(.updateUser, ["enabled": false])
            case "block": _ = try await door.send(.blockUser, ["reason": "phone lost"])
            default: _ = try await door.send(.deleteUser)
            }
            let read = try await door.send(.readSignIn, id: id)
            #expect(read["state"] == "denied" && read["reason"] == "refused")
        }
    }

    @Test func `plain approval asks for no number where it is configured`() async throws {
        try await CoreDoor.open(["push.numberDigits": "0"]) { door async throws in
            try await door.addUser()
            let phone = try await Phone.activated(door)
            let started = try await door.send(.startSignIn, ["user": "alice", "factor": "push"])
            #expect(started["state"] == "pending" && started["numberToEnter"] == nil)
            let challenge = try await phone.challenge()
            #expect(challenge["numberDigits"]?.integer == 0)
            #expect(try await phone.answer(challenge, .approve)["state"] == "approved")
        }
    }
}

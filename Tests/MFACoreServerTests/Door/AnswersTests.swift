// SPDX-License-Identifier: Apache-2.0
import HTTPTypes
import HummingbirdTesting
import MFAAPI
import TestKit
import Testing

// R72
struct AnswersTests {
    @Test func `the same key and body get the stored bytes, and nothing is done twice`() async throws {
        try await CoreDoor.open { door async throws in
            let body: JSON = ["username": "alice", "email": "alice@example.org"]
            let first = try await door.send(.createUser, body, key: "k1")
            let stored = try await door.stored()
            let second = try await door.send(.createUser, body, key: "k1")
            #expect(second.status == .created && second.text == first.text)
            #expect(try await door.stored() == stored)
            let token: JSON = ["kind": "totp"]
            let made = try await door.send(.createFactor, token, key: "k2")
            #expect(try await door.send(.createFactor, token, key: "k2").text == made.text)
            #expect(try await door.send(.listFactors).json?["items"]?.items.count == 1)
        }
    }

    @Test func `a key belongs to one account, operation, target and body`() async throws {
        try await CoreDoor.open { door async throws in
            _ = try await door.send(.createUser, ["username": "alice"], key: "k1")
            let others = [
                try await door.send(.createUser, ["username": "bob"], key: "k1"),
                try await door.send(.createFactor, ["kind": "totp"], key: "k1"),
                try await door.send(.createActivation, key: "k1"),
                try await door.send(.createActivation, user: "bob", key: "k1"),
            ]
            for answer in others {
                #expect(answer.status == .unprocessableContent && answer.code == "idempotency_mismatch")
            }
            let helpdesk = Account(name: "helpdesk", scopes: [.manageUsers])
            let answer = try await door.send(.createUser, ["username": "bob"], as: helpdesk, key: "k1")
            #expect(answer.status == .created)
        }
    }

    @Test func `an answer with a one-time secret is kept ten minutes, any other for a day`() async throws {
        try await CoreDoor.open { door async throws in
            try await door.addUser()
            let issued = try await door.send(.createActivation, key: "k1")
            #expect(try await door.send(.createActivation, key: "k1").text == issued.text)
            let bob = try await door.send(.createUser, ["username": "bob"], key: "k2")
            try await door.database.database.run(
                "update core.idempotency set created_at = created_at - interval '11 minutes'")
            let late = try await door.send(.createActivation, key: "k1")
            #expect(late.status == .conflict && late.code == "already_done")
            #expect(try await door.send(.createUser, ["username": "bob"], key: "k2").text == bob.text)
            try await door.database.database.run(
                "update core.idempotency set created_at = created_at - interval '24 hours'")
            #expect(try await door.send(.createActivation, key: "k1").status == .created)
            #expect(try await door.send(.createUser, ["username": "bob"], key: "k2").code == "conflict")
        }
    }
}

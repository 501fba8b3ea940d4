// SPDX-License-Identifier: Apache-2.0
import Crypto
import DeviceProtocol
import HTTPKit
import HTTPTypes
import HummingbirdTesting
import MFAAPI
import Primitives
import TestKit
import Testing

// R32: every call is authenticated by the device's key over a fresh nonce.
struct DeviceCredentialTests {
    @Test func `every refused credential is told in the same bytes and does nothing`() async throws {
        try await CoreDoor.open { door async throws in
            try await door.addUser()
            try await door.addUser("bob")
            let phone = try await Phone.activated(door)
            let bobs = try await Phone.activated(for: "bob", door)
            let target = "/api/v1/challenges"
            let spent = try await phone.nonce()
            let right = try phone.request("GET", target, nonce: spent)
            #expect(try await door.send(.listChallenges, .object(right)).status == .ok)
            let stored = try await door.stored()
            let fresh = try await phone.request("GET", target, nonce: phone.nonce())
            let others: [[String: JSON]] = [
                right, try phone.request("GET", target, nonce: "x"),
                try phone.request("GET", target, nonce: Base64URL.encode([UInt8](repeating: 0, count: 40))),
                fresh.merging(["deviceId": .string(bobs.deviceID)]) { $1 },
                fresh.merging(["deviceId": .string(CoreDoor.noID)]) { $1 },
                fresh.merging(["deviceId": "d1"]) { $1 }, fresh.merging(["signature": "AA"]) { $1 },
                fresh.merging(["signature": "***"]) { $1 }, fresh.merging(["body": "e30"]) { $1 },
                fresh.merging(["body": "***"]) { $1 }, fresh.merging(["nonce": .string(try await bobs.nonce())]) { $1 },
            ]
            var bodies: Set<String> = []
            for request in others {
                let answer = try await door.send(.listChallenges, .object(request))
                #expect(answer.status == .unauthorized && answer.code == "unauthenticated", "\(answer.text)")
                #expect(answer.headers[.fixed(HeaderNames.deviceNextNonce)] == nil)
                bodies.insert(answer.text.replacing(answer["requestId"] ?? "-", with: ""))
            }
            #expect(bodies.count == 1)
            #expect(try await door.stored() == stored)
            // What was tried with it did not spend the nonce.
            #expect(try await door.send(.listChallenges, .object(fresh)).status == .ok)
        }
    }

    @Test func `a request signed for one operation is none of another`() async throws {
        try await CoreDoor.open { door async throws in
            try await door.addUser()
            let phone = try await Phone.activated(door)
            let id = try await door.begin("alice", "push")
            let body = try phone.answerBody(try await phone.challenge(), .deny).bytes
            let request = try await phone.request(
                "POST", "/api/v1/challenges/\(id)/answers", body: body, nonce: phone.nonce())
            let stored = try await door.stored()
            for operation in [MFAAPI.Operation.listChallenges, .setPushAddress, .removeDevice] {
                let answer = try await door.send(operation, .object(request))
                #expect(answer.status == .notFound && answer.code == "not_found", "\(operation)")
            }
            for target in [
                "/api/v1/challenges/\(id)", "/api/v1/challenges/\(id)/answers/", "/challenges/\(id)/answers",
                "/api/v1/challenges/x/answers", "/api/v1/challenges/\(id)/answers?x=1", "",
                String(repeating: "/", count: 600),
            ] {
                let other = try await phone.request("POST", target, body: body, nonce: phone.nonce())
                let answer = try await door.send(.answerChallenge, .object(other))
                #expect(answer.status == .notFound && answer.code == "not_found", "\(target.prefix(60))")
            }
            #expect(try await door.stored() == stored)
            #expect(try await door.send(.answerChallenge, .object(request)).text == #"{"state":"denied"}"#)
        }
    }

    // R24
    @Test func `an answer whose own signature is another's decides nothing`() async throws {
        try await CoreDoor.open { door async throws in
            try await door.addUser()
            let phone = try await Phone.activated(door)
            let other = try await Phone.activated(door)
            let started = try await door.send(.startSignIn, ["user": "alice", "factor": "push"])
            let (id, number) = (try #require(started["id"]), try #require(started["numberToEnter"]))
            let challenge = try await phone.challenge()
            let right = try phone.answerBody(challenge, .approve, number: number)
            let signature = try #require(right["signature"])
            let denied = try phone.answerBody(challenge, .deny)
            let bodies: [JSON] = [
                ["decision": "approve", "number": .string(number), "signature": ""],
                ["decision": "approve", "number": .string(number), "signature": "***"],
                ["decision": "approve", "number": "123", "signature": signature],
                ["decision": "approve", "signature": signature], ["decision": "deny", "signature": signature],
                ["decision": "approve", "number": .string(number), "signature": denied["signature"] ?? ""],
                try other.answerBody(challenge, .approve, number: number),
            ]
            for body in bodies {
                let answer = try await phone.answer(id, body: body)
                #expect(answer.status == .forbidden && answer.code == "bad_signature", "\(answer.text)")
            }
            #expect(try await door.send(.readSignIn, id: id)["state"] == "pending")
            #expect(try await phone.answer(id, body: right).text == #"{"state":"approved"}"#)
        }
    }

    @Test func `an answer that does not fit decides nothing`() async throws {
        try await CoreDoor.open { door async throws in
            try await door.addUser()
            let phone = try await Phone.activated(door)
            let id = try await door.begin("alice", "push")
            let bodies: [JSON] = [
                [:], ["decision": "maybe", "signature": "AA"], ["decision": "deny", "number": "12", "signature": "AA"],
                ["decision": "approve", "number": "1", "signature": "AA"],
                ["decision": "approve", "number": "12a", "signature": "AA"],
                ["decision": "approve", "number": 12, "signature": "AA"],
                ["decision": "deny", "signature": "AA", "more": 1],
            ]
            for body in bodies {
                let answer = try await phone.answer(id, body: body)
                #expect(answer.status == .badRequest && answer.code == "invalid_request", "\(answer.text)")
            }
            #expect(try await door.send(.readSignIn, id: id)["state"] == "pending")
        }
    }

    // R30, R32
    @Test func `another person's challenge is not found`() async throws {
        try await CoreDoor.open { door async throws in
            try await door.addUser()
            try await door.addUser("bob")
            let phone = try await Phone.activated(door)
            let bobs = try await Phone.activated(for: "bob", door)
            let started = try await door.send(.startSignIn, ["user": "alice", "factor": "push"])
            let challenge = try await phone.challenge()
            #expect(try await bobs.challenges().text == #"{"items":[],"next":null}"#)
            let foreign = try await bobs.answer(challenge, .approve, number: started["numberToEnter"])
            #expect(foreign.status == .notFound && foreign.code == "not_found")
            let unknown = try await bobs.answer(CoreDoor.noID, body: try bobs.answerBody(challenge, .deny))
            #expect(unknown.status == .notFound && unknown.code == "not_found")
            #expect(try await door.send(.readSignIn, id: started["id"] ?? "")["state"] == "pending")
        }
    }
}

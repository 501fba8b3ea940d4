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

struct DeviceHandlersTests {
    @Test func `a phone is activated by a scanned secret or by a typed code`() async throws {
        try await CoreDoor.open { door async throws in
            let id = try await door.addUser("alice", ["displayName": "Alice Adams"])
            let scanned = try #require(try await door.send(.createActivation)["secret"])
            let first = try await Phone(door).activate(.secret(scanned))
            #expect(first.status == .created)
            #expect(first.json?.keys == ["accountName", "deviceId", "userId", "userName"])
            #expect(first["userId"] == id && first["userName"] == "alice" && first["accountName"] == "Alice Adams")
            let code = try #require(try await door.send(.createActivation)["code"])
            let second = try await Phone(door).activate(.typed(user: " ALICE", code: code.lowercased()))
            #expect(second.status == .created && second["deviceId"] != first["deviceId"])
            let items = try await door.send(.listFactors).json?["items"]?.items ?? []
            #expect(items.map { $0["kind"]?.text } == ["device", "device"])
            #expect(Set(items.map { $0["id"]?.text }) == [first["deviceId"], second["deviceId"]])
        }
    }

    @Test func `an activation that does not fit leaves nothing`() async throws {
        try await CoreDoor.open { door async throws in
            try await door.addUser()
            let secret = try #require(try await door.send(.createActivation)["secret"])
            let stored = try await door.stored()
            let fits: JSON = [
                "secret": .string(secret), "publicKey": "AA", "deviceName": "a", "platform": "b", "proof": "AA",
            ]
            for (changes, code) in [
                ([:], "unauthenticated"), (["proof": "***"], "unauthenticated"), (["user": "alice"], "invalid_request"),
                (["code": "1"], "invalid_request"), (["secret": .null], "invalid_request"),
                (["deviceName": 1], "invalid_request"), (["more": "1"], "invalid_request"),
                (["secret": .null, "user": "alice"], "invalid_request"),
            ] as [([String: JSON], String)] {
                guard case .object(let members) = fits else { continue }
                let answer = try await Phone(door).activate(body: .object(members.merging(changes) { $1 }))
                #expect(answer.code == code, "\(changes): \(answer.text)")
            }
            for body in ["***", "", "W10", Base64URL.encode(Array(#"{"secret":"a","secret":"b"}"#.utf8))] {
                let answer = try await door.send(.activateDevice, ["body": .string(body)])
                #expect(answer.status == .badRequest && answer.code == "invalid_request", "\(body)")
            }
            #expect(try await door.stored() == stored)
        }
    }

    @Test func `names of a device are short and not empty`() async throws {
        try await CoreDoor.open { door async throws in
            try await door.addUser()
            let phone = try await Phone.activated(door)
            let key = Base64URL.encode(Array(phone.key.publicKey.derRepresentation))
            for (name, platform) in [("", "b"), ("a", ""), ("a\nb", "b"), (String(repeating: "a", count: 65), "b")] {
                let answer = try await phone.activate(
                    body: [
                        "secret": "x", "publicKey": .string(key), "deviceName": .string(name),
                        "platform": .string(platform), "proof": "AA",
                    ])
                #expect(answer.code == "invalid_request", "\(name) \(platform)")
            }
        }
    }

    // R24, R25: the number is typed, never sent to the phone.
    @Test func `a phone sees what waits without its number, and approves by typing it`() async throws {
        try await CoreDoor.open { door async throws in
            try await door.addUser()
            let phone = try await Phone.activated(door)
            #expect(try await phone.challenges().text == #"{"items":[],"next":null}"#)
            let started = try await door.send(
                .startSignIn, ["user": "alice", "factor": "push", "clientAddress": "203.0.113.7"])
            let (id, number) = (try #require(started["id"]), try #require(started["numberToEnter"]))
            let list = try await phone.challenges()
            let challenge = try #require(list.json?["items"]?.items.first)
            #expect(
                challenge.keys == [
                    "application", "canReportFraud", "clientAddress", "createdAt", "expiresAt", "id", "nonce",
                    "numberDigits",
                ])
            #expect(challenge["id"]?.text == id && challenge["application"]?.text == "vpn")
            #expect(challenge["clientAddress"]?.text == "203.0.113.7")
            #expect(!list.text.contains("\"\(number)\""))
            #expect(list.headers[.fixed(HeaderNames.deviceNextNonce)]?.isEmpty == false)
            let approved = try await phone.answer(challenge, .approve, number: number)
            #expect(approved.status == .ok && approved.text == #"{"state":"approved"}"#)
            #expect(approved.headers[.fixed(HeaderNames.deviceNextNonce)]?.isEmpty == false)
            let read = try await door.send(.readSignIn, id: id)
            #expect(read["state"] == "approved" && read["factor"] == "device")
            #expect(try await phone.challenges().text == #"{"items":[],"next":null}"#)
        }
    }

    @Test func `a wrong number or none closes the sign-in and counts once`() async throws {
        try await CoreDoor.open { door async throws in
            try await door.addUser()
            let phone = try await Phone.activated(door)
            for (round, isTyped) in [true, false].enumerated() {
                let started = try await door.send(.startSignIn, ["user": "alice", "factor": "push"])
                let number = try #require(started["numberToEnter"])
                let challenge = try await phone.challenge()
                let wrong = isTyped ? (number == "000000" ? "000001" : "000000") : nil
                #expect(try await phone.answer(challenge, .approve, number: wrong).text == #"{"state":"denied"}"#)
                let late = try await phone.answer(challenge, .approve, number: number)
                #expect(late.status == .conflict && late.code == "already_decided")
                let read = try await door.send(.readSignIn, id: started["id"] ?? "")
                #expect(read["state"] == "denied" && read["reason"] == "refused")
                #expect(try await door.value("select failures::text as t from core.factor") == "\(round + 1)")
            }
        }
    }

    // R27
    @Test func `a denial ends the sign-in, and a report of fraud stops prompts until an unblock`() async throws {
        try await CoreDoor.open { door async throws in
            try await door.addUser()
            let phone = try await Phone.activated(door)
            let first = try await door.begin("alice", "push")
            #expect(try await phone.answer(phone.challenge(), .deny).text == #"{"state":"denied"}"#)
            #expect(try await door.send(.readSignIn, id: first)["reason"] == "deniedByUser")
            #expect(try await door.lastAudit() == "push.denied denied_by_user")
            let second = try await door.begin("alice", "push")
            #expect(try await phone.answer(phone.challenge(), .fraud).text == #"{"state":"denied"}"#)
            #expect(try await door.send(.readSignIn, id: second)["reason"] == "fraudReported")
            #expect(try await door.lastAudit() == "push.fraud fraud_reported")
            let reported = try await door.send(.readUser)
            #expect(reported["blockedReason"] == "fraud reported" && reported["blockedUntil"] != nil)
            #expect(
                try await door.value("select count(*)::text as t from core.audit_event where event = 'user.blocked'")
                    == "1")
            let third = try await door.send(.startSignIn, ["user": "alice", "factor": "push"])
            #expect(third["state"] == "denied" && third["reason"] == "refused")
            _ = try await door.send(.unblockUser)
            _ = try await door.begin("alice", "push")
        }
    }

    // R27: as many will have it whose people sign in by other factors, too.
    @Test func `a report of fraud stops prompts alone where that is configured`() async throws {
        try await CoreDoor.open(["push.fraudBlocks": "false"]) { door async throws in
            try await door.addUser()
            try await door.addToken()
            let phone = try await Phone.activated(door)
            _ = try await door.begin("alice", "push")
            _ = try await phone.answer(phone.challenge(), .fraud)
            let reported = try await door.send(.readUser)
            #expect(reported["blockedReason"] == "fraud reported" && reported["blockedUntil"] == nil)
            let push = try await door.send(.startSignIn, ["user": "alice", "factor": "push"])
            #expect(push["state"] == "denied")
            #expect(try await door.check("alice", RFC4226.passcodes[0])["state"] == "approved")
        }
    }

    // R29
    @Test func `the same lines again get the same answer, other lines do not`() async throws {
        try await CoreDoor.open { door async throws in
            try await door.addUser()
            let phone = try await Phone.activated(door)
            let id = try await door.begin("alice", "push")
            let challenge = try await phone.challenge()
            for _ in 0..<2 { #expect(try await phone.answer(challenge, .deny).text == #"{"state":"denied"}"#) }
            #expect(try await phone.answer(challenge, .fraud).code == "already_decided")
            #expect(try await door.send(.readSignIn, id: id)["reason"] == "deniedByUser")
            #expect(try await door.send(.readUser).json?["blocked"]?.boolean == false)
        }
    }

    // R28
    @Test func `an answer after the end of time is too late`() async throws {
        try await CoreDoor.open { door async throws in
            try await door.addUser()
            let phone = try await Phone.activated(door)
            let started = try await door.send(.startSignIn, ["user": "alice", "factor": "push"])
            let challenge = try await phone.challenge()
            try await door.database.database.run("update core.sign_in set expires_at = clock_timestamp()")
            for _ in 0..<2 {
                let answer = try await phone.answer(challenge, .approve, number: started["numberToEnter"])
                #expect(answer.status == .conflict && answer.code == "expired")
            }
            #expect(try await door.send(.readSignIn, id: started["id"] ?? "")["state"] == "expired")
        }
    }

    @Test func `a phone tells where it is woken, and leaves for good`() async throws {
        try await CoreDoor.open { door async throws in
            try await door.addUser()
            let phone = try await Phone.activated(door)
            let set = try await phone.call(
                .setPushAddress, "PUT", "/api/v1/push-address", body: ["pushAddress": "https://push.example.org/a"])
            #expect(set.status == .noContent && set.headers[.fixed(HeaderNames.deviceNextNonce)] != nil)
            let address = "select push_address as t from core.factor"
            #expect(try await door.value(address) == "https://push.example.org/a")
            for body in [["pushAddress": ""], ["pushAddress": 1], ["pushAddress": "a\nb"], [:]] as [JSON] {
                let answer = try await phone.call(.setPushAddress, "PUT", "/api/v1/push-address", body: body)
                #expect(answer.status == .badRequest && answer.code == "invalid_request")
            }
            #expect(try await door.value(address) == "https://push.example.org/a")
            let id = try await door.begin("alice", "push")
            #expect(try await phone.call(.removeDevice, "DELETE", "/api/v1/device").status == .noContent)
            // R33: also for what was asked before.
            #expect(try await phone.challenges().status == .unauthorized)
            #expect(try await door.send(.readSignIn, id: id)["state"] == "denied")
            #expect(try await door.value("select count(*)::text as t from core.factor") == "0")
        }
    }
}

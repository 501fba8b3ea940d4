// SPDX-License-Identifier: Apache-2.0
import HTTPTypes
import HummingbirdTesting
import MFAAPI
import Primitives
import TestKit
import Testing

struct SignInHandlersTests {
    @Test func `a right passcode approves, and is spent by it`() async throws {
        try await CoreDoor.open { door async throws in
            try await door.addUser()
            try await door.addToken()
            let right = try await door.check("ALICE ", RFC4226.passcodes[0])
            #expect(right.status == .ok)
            #expect(right.json?.keys == ["decidedAt", "factor", "id", "state"])
            #expect(right["state"] == "approved" && right["factor"] == "hotp")
            let again = try await door.check("alice", RFC4226.passcodes[0])
            #expect(again.status == .ok && again["state"] == "denied" && again["reason"] == "refused")
            #expect(try await door.lastAudit() == "otp.replay replay")
            #expect(try await door.check("alice", RFC4226.passcodes[1])["state"] == "approved")
        }
    }

    @Test func `a sign-in without its passcode waits for it, three times at most`() async throws {
        try await CoreDoor.open { door async throws in
            try await door.addUser()
            try await door.addToken()
            let started = try await door.send(.startSignIn, ["user": "alice"])
            #expect(started.json?.keys == ["expiresAt", "factor", "id", "nextStep", "state"])
            #expect(started["factor"] == "passcode" && started["nextStep"] == "passcode")
            let id = try #require(started["id"])
            for state in ["pending", "pending", "denied"] {
                let answer = try await door.send(.answerSignIn, ["passcode": "000000"], id: id)
                #expect(answer.status == .ok && answer["state"] == state)
            }
            let late = try await door.send(.answerSignIn, ["passcode": .string(RFC4226.passcodes[0])], id: id)
            #expect(late.status == .conflict && late.code == "already_decided")
            let read = try await door.send(.readSignIn, id: id)
            #expect(read["state"] == "denied" && read["reason"] == "refused")
        }
    }

    @Test func `a passcode given later approves, and reading tells the same`() async throws {
        try await CoreDoor.open { door async throws in
            try await door.addUser()
            try await door.addToken()
            let id = try await door.begin()
            _ = try await door.send(.answerSignIn, ["passcode": "000000"], id: id)
            let right = try await door.send(.answerSignIn, ["passcode": .string(RFC4226.passcodes[2])], id: id)
            #expect(right["state"] == "approved" && right["factor"] == "hotp")
            #expect(try await door.send(.readSignIn, id: id).text == right.text)
        }
    }

    // R29
    @Test func `a cancelled sign-in stays cancelled, and a decided one is not cancelled`() async throws {
        try await CoreDoor.open { door async throws in
            try await door.addUser()
            try await door.addToken()
            let id = try await door.begin()
            for _ in 0..<2 {
                let answer = try await door.send(.cancelSignIn, id: id)
                #expect(answer.status == .ok && answer["state"] == "cancelled")
            }
            let late = try await door.send(.answerSignIn, ["passcode": .string(RFC4226.passcodes[0])], id: id)
            #expect(late.code == "already_decided")
            let approved = try #require(try await door.check("alice", RFC4226.passcodes[0])["id"])
            #expect(try await door.send(.cancelSignIn, id: approved)["state"] == "approved")
        }
    }

    // R28
    @Test func `a sign-in whose time is over expires by being looked at`() async throws {
        try await CoreDoor.open { door async throws in
            try await door.addUser()
            try await door.addToken()
            let id = try await door.begin()
            try await door.database.database.run("update core.sign_in set expires_at = clock_timestamp()")
            let answer = try await door.send(.answerSignIn, ["passcode": .string(RFC4226.passcodes[0])], id: id)
            #expect(answer.status == .ok && answer["state"] == "expired" && answer["reason"] == "expired")
            #expect(try await door.value("select state as t from core.sign_in") == "expired")
            // The passcode was not looked at, so it is still good.
            #expect(try await door.check("alice", RFC4226.passcodes[0])["state"] == "approved")
        }
    }

    // R30, R69
    @Test func `nobody but the account that began it reads, answers or ends a sign-in`() async throws {
        try await CoreDoor.open { door async throws in
            try await door.addUser()
            try await door.addToken()
            let id = try await door.begin()
            let stored = try await door.stored()
            let passcode: JSON = ["passcode": .string(RFC4226.passcodes[0])]
            for account in [Account(name: "mail", scopes: [.authenticate]), .portal] {
                let answers = [
                    try await door.send(.readSignIn, id: id, as: account),
                    try await door.send(.answerSignIn, passcode, id: id, as: account),
                    try await door.send(.cancelSignIn, id: id, as: account),
                ]
                for answer in answers { #expect(answer.status == .notFound && answer.code == "not_found") }
            }
            #expect(try await door.stored() == stored)
            #expect(try await door.send(.readSignIn, id: id)["state"] == "pending")
        }
    }

    @Test(arguments: [CoreDoor.noID, "f1", "00000000000040008000000000000000", "%20", "%00", "..;", "alice"])
    func `an id that is nobody's is not found`(id: String) async throws {
        try await CoreDoor.open { door async throws in
            let stored = try await door.stored()
            let answers = [
                try await door.send(.readSignIn, id: id), try await door.send(.cancelSignIn, id: id),
                try await door.send(.answerSignIn, ["passcode": "755224"], id: id),
                try await door.send(.choosePortalFactor, ["factor": "push"], id: id),
            ]
            for answer in answers { #expect(answer.status == .notFound && answer.code == "not_found", "\(id)") }
            #expect(try await door.stored() == stored)
        }
    }

    @Test(arguments: [
        (#"{"user":"alice","factor":"sms"}"#, "factor_unsupported"),
        (#"{"user":"alice","factor":"choice"}"#, "factor_unsupported"),
        (#"{"user":"alice","factor":"push","passcode":"755224"}"#, "invalid_request"),
        (#"{"user":"alice","waitSeconds":56}"#, "invalid_request"),
        (#"{"user":"alice","waitSeconds":-1}"#, "invalid_request"),
        (#"{"user":"alice","waitSeconds":0.5}"#, "invalid_request"),
        (#"{"user":"alice","passcode":755224}"#, "invalid_request"),
        (#"{"user":null}"#, "invalid_request"),
        (#"{"user":"alice","application":""}"#, "invalid_request"),
        (#"{"user":"alice","application":"a\nb"}"#, "invalid_request"),
        (#"{"user":"alice","application":"a\u2028b"}"#, "invalid_request"),
        (#"{"user":"alice","clientAddress":"é"}"#, "invalid_request"),
        (#"{"user":"alice","clientAddress":"1\n2"}"#, "invalid_request"),
    ])
    func `what does not fit is refused and leaves nothing`(body: String, code: String) async throws {
        try await CoreDoor.open { door async throws in
            let stored = try await door.stored()
            let answer = try await door.send(.startSignIn, raw: body)
            #expect(answer.code == code, "\(answer.text)")
            #expect(try await door.stored() == stored)
        }
    }

    @Test func `an account that is bound to an application may name only that`() async throws {
        try await CoreDoor.open { door async throws in
            try await door.addUser()
            var bound = Account.vpn
            bound.application = "VPN%20M%C3%BCnchen"
            let named = ["user": "alice", "factor": "passcode", "application": "mail"] as JSON
            #expect(try await door.send(.startSignIn, named, as: bound).code == "forbidden")
            _ = try await door.begin(as: bound)
            #expect(try await door.value("select application as t from core.sign_in") == "VPN München")
            // The account's own name stands where there is no other, and 64 characters may be any.
            _ = try await door.begin()
            let long = String(repeating: "é", count: 64)
            _ = try await door.send(.startSignIn, ["user": "alice", "application": .string(long)])
            let applications = "select string_agg(application, ',' order by created_at) as t from core.sign_in"
            #expect(try await door.value(applications) == "VPN München,vpn,\(long)")
            let longer = try await door.send(.startSignIn, ["user": "alice", "application": .string(long + "é")])
            #expect(longer.code == "invalid_request")
        }
    }
}

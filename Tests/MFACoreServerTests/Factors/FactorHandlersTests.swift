// SPDX-License-Identifier: Apache-2.0
import HTTPTypes
import HummingbirdTesting
import MFAAPI
import MFACoreStore
import OneTimePassword
import Primitives
import TestKit
import Testing

struct FactorHandlersTests {
    // R13: shown once, active only after a right passcode, which is spent by that.
    @Test func `a TOTP factor shows its secret once and waits for its first passcode`() async throws {
        try await CoreDoor.open(["identity.issuer": "Example"]) { door async throws in
            try await door.addUser()
            let made = try await door.send(.createFactor, ["kind": "totp", "name": "My phone"])
            #expect(made.status == .created && made["state"] == "unconfirmed")
            #expect(made.json?.keys == ["id", "otpauthURI", "qrSVG", "secretBase32", "state"])
            let (id, base32) = (try #require(made["id"]), try #require(made["secretBase32"]))
            #expect(made["otpauthURI"]?.hasPrefix("otpauth://totp/Example:alice?") == true)
            let secret = SecretBytes(try #require(Base32.decode(base32)))
            #expect(secret.withBytes { $0.count } == 20)
            let passcode = TOTP.passcode(
                secret: secret, at: WallClock.now(), period: 30, digits: 6, algorithm: .sha1
            ).text
            #expect(try await door.check("alice", passcode)["state"] == "denied")
            let confirmed = try await door.send(.confirmFactor, ["passcode": .string(passcode)], id: id)
            #expect(confirmed.text == #"{"accepted":true,"id":"\#(id)","state":"active"}"#)
            #expect(try await door.check("alice", passcode)["state"] == "denied")
            #expect(try await door.lastAudit() == "otp.replay replay")
            let list = try await door.send(.listFactors)
            #expect(!list.text.contains(base32))
            let item = try #require(list.json?["items"]?.items.first)
            #expect(item.keys == ["createdAt", "id", "imported", "kind", "name", "state"])
            #expect(item["kind"]?.text == "totp" && item["name"]?.text == "My phone")
        }
    }

    @Test func `a wrong first passcode counts, and changes nothing else`() async throws {
        try await CoreDoor.open { door async throws in
            try await door.addUser()
            let id = try #require(try await door.send(.createFactor, ["kind": "hotp", "counter": 7])["id"])
            for passcode in ["12345a", "", "1234567"] {
                let answer = try await door.send(.confirmFactor, ["passcode": .string(passcode)], id: id)
                #expect(answer.text == #"{"accepted":false,"id":"\#(id)","state":"unconfirmed"}"#)
            }
            #expect(try await door.value("select failures::text as t from core.factor") == "3")
            #expect(try await door.lastAudit() == "factor.confirmation_refused wrong_code")
        }
    }

    @Test func `an imported token is active at once and its secret is not shown`() async throws {
        try await CoreDoor.open { door async throws in
            try await door.addUser()
            let base32 = "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ"
            let made = try await door.send(
                .createFactor, ["kind": "hotp", "secretBase32": .string(base32), "counter": 3])
            #expect(made.status == .created && made.json?.keys == ["id", "state"] && made["state"] == "active")
            #expect(try await door.check("alice", RFC4226.passcodes[2])["state"] == "denied")
            #expect(try await door.check("alice", RFC4226.passcodes[3])["state"] == "approved")
            let again = try await door.send(.confirmFactor, ["passcode": "254676"], id: made["id"] ?? "")
            #expect(again.status == .conflict && again.code == "conflict")
            let rows = "select string_agg(encode(sealed_secret, 'hex'), '') as t from core.factor"
            #expect(try await door.value(rows)?.contains(RFC4226.secretHex) == false)
        }
    }

    @Test(arguments: [
        (#"{"kind":"sms"}"#, "factor_unsupported"), (#"{"kind":"device"}"#, "factor_unsupported"),
        (#"{"kind":"TOTP"}"#, "factor_unsupported"), (#"{"kind":"totp","digits":5}"#, "invalid_request"),
        (#"{"kind":"totp","digits":9}"#, "invalid_request"), (#"{"kind":"totp","digits":"6"}"#, "invalid_request"),
        (#"{"kind":"totp","algorithm":"MD5"}"#, "invalid_request"),
        (#"{"kind":"totp","periodSeconds":31}"#, "invalid_request"),
        (#"{"kind":"totp","counter":0}"#, "invalid_request"),
        (#"{"kind":"hotp","periodSeconds":30}"#, "invalid_request"),
        (#"{"kind":"hotp","counter":-1}"#, "invalid_request"),
        (#"{"kind":"hotp","counter":1000000000001}"#, "invalid_request"),
        (#"{"kind":"hotp","counter":1e30}"#, "invalid_request"),
        (#"{"kind":"hotp","secretHex":"3132"}"#, "invalid_request"),
        (#"{"kind":"hotp","secretHex":"zz"}"#, "invalid_request"),
        (#"{"kind":"hotp","secretBase32":"0189"}"#, "invalid_request"),
        (#"{"kind":"hotp","secretBase32":"","secretHex":""}"#, "invalid_request"),
        (#"{"kind":"totp","name":"a\nb"}"#, "invalid_request"),
    ])
    func `what does not fit is refused and nothing is made`(body: String, code: String) async throws {
        try await CoreDoor.open { door async throws in
            try await door.addUser()
            let stored = try await door.stored()
            let answer = try await door.send(.createFactor, raw: body)
            #expect(answer.code == code, "\(answer.text)")
            #expect(try await door.stored() == stored)
        }
    }

    // R7
    @Test func `two passcodes in a row bring a token back`() async throws {
        try await CoreDoor.open(["passcodes.lookAhead": "2"]) { door async throws in
            try await door.addUser()
            let id = try await door.addToken()
            func resynchronise(_ passcodes: [String]) async throws -> TestResponse {
                try await door.send(
                    .resynchroniseFactor, ["passcodes": .array(passcodes.map { .string($0) })], id: id)
            }
            for passcodes in [[], [RFC4226.passcodes[7]], Array(RFC4226.passcodes[5...7])] {
                #expect(try await resynchronise(passcodes).code == "invalid_request")
            }
            let wrong = try await resynchronise([RFC4226.passcodes[7], RFC4226.passcodes[6]])
            #expect(wrong.json?["accepted"]?.boolean == false)
            #expect(try await door.value("select failures::text as t from core.factor") == "1")
            let right = try await resynchronise(Array(RFC4226.passcodes[7...8]))
            #expect(right.text == #"{"accepted":true,"id":"\#(id)","state":"active"}"#)
            #expect(try await door.check("alice", RFC4226.passcodes[8])["state"] == "denied")
            #expect(try await door.check("alice", RFC4226.passcodes[9])["state"] == "approved")
        }
    }

    @Test func `a removed factor is gone, and opens nothing`() async throws {
        try await CoreDoor.open { door async throws in
            try await door.addUser()
            let id = try await door.addToken()
            let removed = try await door.send(.deleteFactor, id: id)
            #expect(removed.status == .noContent && removed.text.isEmpty)
            #expect(try await door.send(.deleteFactor, id: id).code == "not_found")
            #expect(try await door.check("alice", RFC4226.passcodes[0])["state"] == "denied")
            #expect(try await door.send(.listFactors).text == #"{"items":[],"next":null}"#)
        }
    }

    // R30: a factor is found by its owner only.
    @Test func `another person's factor, and what is no id, are not found`() async throws {
        try await CoreDoor.open { door async throws in
            try await door.addUser()
            try await door.addUser("bob")
            let factor = try await door.addToken(of: "bob")
            let stored = try await door.stored()
            for (user, id) in [
                ("alice", factor), ("alice", CoreDoor.noID), ("alice", "f1"), ("nobody", factor), ("bob", "%00"),
            ] {
                let answers = [
                    try await door.send(.confirmFactor, ["passcode": "755224"], user: user, id: id),
                    try await door.send(.resynchroniseFactor, ["passcodes": ["755224", "287082"]], user: user, id: id),
                    try await door.send(.deleteFactor, user: user, id: id),
                ]
                for answer in answers { #expect(answer.status == .notFound && answer.code == "not_found") }
            }
            #expect(try await door.send(.listFactors, user: "nobody").code == "not_found")
            #expect(try await door.send(.createFactor, ["kind": "totp"], user: "nobody").code == "not_found")
            #expect(try await door.stored() == stored)
        }
    }

    @Test func `a person has twenty factors at most`() async throws {
        try await CoreDoor.open { door async throws in
            try await door.addUser()
            for _ in 0..<20 { _ = try await door.addToken() }
            let answer = try await door.send(.createFactor, ["kind": "totp"])
            #expect(answer.status == .conflict && answer.code == "conflict")
            #expect(try await door.send(.createActivation).code == "conflict")
        }
    }
}

// SPDX-License-Identifier: Apache-2.0
import HTTPTypes
import HummingbirdTesting
import MFAAPI
import MFACoreServer
import MFADomain
import Primitives
import TestKit
import Testing

/// Recovery codes over the contract's paths (R79).
struct RecoveryHandlersTests {
    private static let cheap = ["passwords.cost": "14"]
    private static let wrong = "00000-00000-00000-00000"

    /// Gives alice a set, and gives back the answer with its codes.
    private func addCodes(
        _ door: CoreDoor, user: String = "alice", as account: Account? = nil, key: String? = nil
    ) async throws -> (answer: TestResponse, codes: [String]) {
        let answer = try await door.send(.createFactor, ["kind": "recovery"], user: user, as: account, key: key)
        try #require(answer.status == .created, "\(answer.text)")
        let codes = answer.json?["recoveryCodes"]?.items.compactMap(\.text) ?? []
        return (answer, codes)
    }

    private func remaining(_ door: CoreDoor) async throws -> Int? {
        let items = try await door.send(.listFactors).json?["items"]?.items ?? []
        return items.first { $0["kind"]?.text == "recovery" }?["codesRemaining"]?.integer
    }

    @Test func `ten codes are shown once, and nothing that is kept shows one`() async throws {
        try await CoreDoor.open(Self.cheap) { door async throws in
            try await door.addUser()
            let (answer, codes) = try await addCodes(door, key: "k1")
            #expect(answer.json?.keys == ["id", "recoveryCodes", "state"] && answer["state"] == "active")
            #expect(codes.count == 10 && Set(codes).count == 10)
            #expect(codes.allSatisfy { RecoveryCode(parsing: $0) != nil })
            let list = try await door.send(.listFactors)
            let item = try #require(list.json?["items"]?.items.first)
            #expect(item["kind"]?.text == "recovery" && item["codesRemaining"]?.integer == 10)
            let kept = try await door.value(
                """
                select concat((select string_agg(f::text, '') from core.factor f),
                    (select string_agg(e::text, '') from core.audit_event e),
                    (select string_agg(i::text, '') from core.idempotency i)) as t
                """)
            for code in codes {
                let digits = code.filter { $0 != "-" }
                for shown in [code, digits, Hex.encode(Array(digits.utf8)), Hex.encode(Array(code.utf8))] {
                    #expect(kept?.contains(shown) == false && !list.text.contains(shown))
                }
            }
            // R72: the same key is told the same codes, and makes no others.
            #expect(try await addCodes(door, key: "k1").answer.text == answer.text)
        }
    }

    @Test func `a code signs in once, with a passcode or as an answer, and says how many are left`() async throws {
        try await CoreDoor.open(Self.cheap) { door async throws in
            try await door.addUser()
            try await door.addToken()
            let codes = try await addCodes(door).codes
            let approved = try await door.check("ALICE", codes[0])
            #expect(approved["state"] == "approved" && approved["factor"] == "recovery")
            #expect(try await door.lastAudit() == "recovery.ok")
            #expect(try await door.check("alice", codes[0])["state"] == "denied")
            #expect(try await door.lastAudit() == "recovery.wrong_code wrong_code")
            #expect(try await remaining(door) == 9)
            let waiting = try await door.begin()
            let plain = codes[1].filter { $0 != "-" }
            let answered = try await door.send(.answerSignIn, ["passcode": .string(plain)], id: waiting)
            #expect(answered["state"] == "approved" && answered["factor"] == "recovery")
            #expect(try await remaining(door) == 8)
            #expect(try await door.check("alice", RFC4226.passcodes[0])["state"] == "approved", "the token goes on")
            // R30: one person's code is nobody else's.
            try await door.addUser("bob")
            #expect(try await door.check("bob", codes[2])["state"] == "denied")
            #expect(try await remaining(door) == 8)
        }
    }

    // R14, R15
    @Test func `wrong codes are throttled, and an unlock ends that`() async throws {
        try await CoreDoor.open(Self.cheap) { door async throws in
            try await door.addUser()
            let codes = try await addCodes(door).codes
            for _ in 0..<5 { #expect(try await door.check("alice", Self.wrong)["state"] == "denied") }
            #expect(try await door.value("select failures::text as t from core.factor") == "5")
            #expect(try await door.check("alice", codes[0])["state"] == "denied")
            #expect(try await door.lastAudit() == "recovery.locked locked")
            _ = try await door.send(.unlockUser)
            #expect(try await door.check("alice", codes[0])["state"] == "approved")
        }
    }

    // R19: a stranger is told the same, and is written down as one.
    @Test func `nobody's code, and that of somebody without any, is refused alike`() async throws {
        try await CoreDoor.open(Self.cheap) { door async throws in
            try await door.addUser("without")
            try await door.addUser()
            _ = try await addCodes(door)
            var told: Set<String> = []
            for user in ["nobody", "a\u{0}b", "without", "alice"] {
                let answer = try await door.check(user, Self.wrong)
                told.insert("\(answer.status.code) \(answer.json?.keys.sorted() ?? []) \(answer["reason"] ?? "")")
            }
            #expect(told == ["200 [\"decidedAt\", \"factor\", \"id\", \"reason\", \"state\"] refused"])
        }
    }

    @Test func `a new set voids the old one, and may be made by the person in the portal`() async throws {
        try await CoreDoor.open(Self.cheap) { door async throws in
            try await door.addUser()
            let password = "correct horse"
            try await door.setPassword(password)
            let old = try await addCodes(door).codes
            // The way back in when the phone is gone: password and code.
            let started = try await door.send(
                .startPortalSignIn, ["user": "alice", "password": .string(password)], as: .portal)
            let id = try #require(started["id"], "\(started.text)")
            _ = try await door.send(.choosePortalFactor, ["factor": "passcode"], id: id, as: .portal)
            let proved = try await door.send(.answerSignIn, ["passcode": .string(old[0])], id: id, as: .portal)
            let ticket = try #require(proved["ticket"], "\(proved.text)")
            let (answer, fresh) = try await addCodes(door, user: "me", as: .portal(holding: ticket))
            #expect(answer["ticket"] != nil && fresh.count == 10)
            for code in old.dropFirst().prefix(2) {
                #expect(try await door.check("alice", code)["state"] == "denied")
            }
            #expect(try await door.check("alice", fresh[0])["state"] == "approved")
            #expect(try await door.value("select count(*)::text as t from core.factor") == "1")
        }
    }

    @Test(arguments: [
        #"{"kind":"recovery","digits":6}"#, #"{"kind":"recovery","algorithm":"SHA1"}"#,
        #"{"kind":"recovery","periodSeconds":30}"#, #"{"kind":"recovery","counter":0}"#,
        #"{"kind":"recovery","secretHex":"00"}"#, #"{"kind":"recovery","secretBase32":"AA"}"#,
        #"{"kind":"recovery","name":"a\nb"}"#, #"{"kind":"recovery","codes":["1"]}"#,
    ])
    func `nothing can be said of a set but its name`(body: String) async throws {
        try await CoreDoor.open(Self.cheap) { door async throws in
            try await door.addUser()
            #expect(try await door.send(.createFactor, raw: body).code == "invalid_request")
            #expect(try await door.value("select count(*)::text as t from core.factor") == "0")
        }
    }

    @Test func `a set is removed like any factor, and takes neither confirmation nor resynchronisation`() async throws {
        try await CoreDoor.open(Self.cheap) { door async throws in
            try await door.addUser()
            let (answer, codes) = try await addCodes(door)
            let id = answer["id"] ?? ""
            let passcode = JSON.string(codes[0])
            #expect(try await door.send(.confirmFactor, ["passcode": passcode], id: id).code == "conflict")
            let pair: JSON = ["passcodes": [passcode, passcode]]
            #expect(try await door.send(.resynchroniseFactor, pair, id: id).code == "conflict")
            #expect(try await door.send(.deleteFactor, id: id).status == .noContent)
            #expect(try await door.check("alice", codes[0])["state"] == "denied")
        }
    }
}

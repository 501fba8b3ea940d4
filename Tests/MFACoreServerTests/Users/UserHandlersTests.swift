// SPDX-License-Identifier: Apache-2.0
import HTTPTypes
import HummingbirdTesting
import MFAAPI
import MFACoreServer
import TestKit
import Testing

struct UserHandlersTests {
    private static let full: JSON = [
        "username": "Alice", "displayName": "Alice Adams", "email": "alice@example.org",
        "phones": [["kind": "mobile", "number": "+15551230000"]], "language": "de-CH", "preferredFactor": "passcode",
        "enabled": false,
    ]

    @Test func `a person is made, read, changed and removed`() async throws {
        try await CoreDoor.open { door async throws in
            let made = try await door.send(.createUser, Self.full)
            #expect(made.status == .created)
            for key in ["displayName", "email", "language", "preferredFactor"] {
                #expect(made[key] == Self.full[key]?.text)
            }
            #expect(made.json?["enabled"]?.boolean == false && made.json?["phones"] == Self.full["phones"])
            #expect(made.json?["hasPassword"]?.boolean == false && made.json?["blocked"]?.boolean == false)
            #expect(try await door.send(.readUser).text == made.text)
            let changed = try await door.send(
                .updateUser, ["displayName": .null, "email": "a@example.org", "phones": [], "enabled": true])
            #expect(changed.status == .ok)
            #expect(changed.json?["displayName"] == nil && changed["email"] == "a@example.org")
            #expect(changed["language"] == "de-CH" && changed.json?["enabled"]?.boolean == true)
            #expect(changed.json?["phones"]?.items.isEmpty == true)
            let removed = try await door.send(.deleteUser)
            #expect(removed.status == .noContent && removed.text.isEmpty)
            #expect(try await door.send(.readUser).code == "not_found")
        }
    }

    @Test func `a new person begins with the defaults, where the request does not say otherwise`() async throws {
        try await CoreDoor.open { door async throws in
            try await door.addUser("before")
            let site = try CommandSite(door.database)
            _ = try await UserDefaultsAdministration.set(
                .init(language: "de-CH", preferredFactor: "passcode", joined: ["newcomers"], isEnabled: false),
                site.options)
            try await door.addUser("alice")
            let made = try await door.send(.readUser)
            #expect(made["language"] == "de-CH" && made["preferredFactor"] == "passcode")
            #expect(made.json?["groups"] == ["newcomers"] && made.json?["enabled"]?.boolean == false)
            #expect(
                try await door.value(
                    """
                    select detail -> 'changes' ->> 'groups' as t from core.audit_event where event = 'user.created'
                    order by id desc limit 1
                    """) == #"[null, ["newcomers"]]"#)
            try await door.addUser(
                "bob", ["language": "", "preferredFactor": "push", "groups": [], "enabled": true])
            let other = try await door.send(.readUser, user: "bob")
            #expect(other.json?["language"] == nil && other["preferredFactor"] == "push")
            #expect(other.json?["groups"] == [] && other.json?["enabled"]?.boolean == true)
            let before = try await door.send(.readUser, user: "before")
            #expect(before.json?["language"] == nil && before.json?["groups"] == [])
            #expect(before.json?["enabled"]?.boolean == true, "who is there stays as they are")
        }
    }

    // R17
    @Test(arguments: ["alice", " ALICE ", "ａｌｉｃｅ", "EXAMPLE\\alice", "alice@example.org"])
    func `a name is taken in all its spellings`(name: String) async throws {
        try await CoreDoor.open(["identity.domains": "example,example.org"]) { door async throws in
            let id = try await door.addUser("Alice")
            try await door.addUser("bob")
            let stored = try await door.value(#"select count(*)::text as t from core."user""#)
            let again = try await door.send(.createUser, ["username": .string(name)])
            #expect(again.status == .conflict && again.code == "conflict")
            let renamed = try await door.send(.updateUser, ["username": .string(name)], user: "bob")
            #expect(renamed.status == .conflict && renamed.code == "conflict")
            #expect(try await door.value(#"select count(*)::text as t from core."user""#) == stored)
            // Whoever has the name may write it differently, and stays the same person.
            let respelled = try await door.send(.updateUser, ["username": .string(name)])
            #expect(respelled.status == .ok && respelled["id"] == id && respelled["username"] == name)
        }
    }

    @Test(arguments: [
        #"{"username":""}"#, #"{"username":"  "}"#, #"{"username":"me"}"#, #"{"username":"ME"}"#,
        #"{"username":"a\u0000"}"#, #"{"username":"a\nb"}"#, #"{"username":"\ud800"}"#,
        #"{"username":"00000000-0000-4000-8000-000000000000"}"#, #"{"username":"bob","email":"b"}"#,
        #"{"username":"bob","email":"a@b@c"}"#, #"{"username":"bob","language":"d"}"#,
        #"{"username":"bob","language":"de_CH"}"#, #"{"username":"bob","displayName":"a\nb"}"#,
        #"{"username":"bob","phones":[{"kind":"fax","number":"+15551230000"}]}"#,
        #"{"username":"bob","phones":[{"kind":"mobile","number":"15551230000"}]}"#,
        #"{"username":"bob","phones":[{"kind":"mobile","number":"+1555"}]}"#,
        #"{"username":"bob","phones":[{"kind":"mobile","number":"+１５５５１２３"}]}"#,
        #"{"username":"bob","phones":[{"kind":"mobile"}]}"#, #"{"username":"bob","phones":["+15551230000"]}"#,
        #"{"username":"bob","enabled":"yes"}"#, #"{"username":"bob","id":"1"}"#,
        #"{"username":"bob","phones":[{"kind":"mobile","number":"+15551230000","number":"+1"}]}"#,
    ])
    func `what does not fit is refused and nobody is made or changed`(body: String) async throws {
        try await CoreDoor.open { door async throws in
            try await door.addUser()
            let stored = try await door.stored()
            for operation in [MFAAPI.Operation.createUser, .updateUser] {
                let answer = try await door.send(operation, raw: body)
                #expect(answer.status == .badRequest && answer.code == "invalid_request", "\(answer.text)")
            }
            #expect(try await door.stored() == stored)
        }
    }

    @Test func `limits hold to the character`() async throws {
        try await CoreDoor.open { door async throws in
            func text(_ count: Int) -> JSON { .string(String(repeating: "é", count: count)) }
            #expect(try await door.send(.createUser, ["username": text(128)]).status == .created)
            #expect(try await door.send(.createUser, ["username": text(129)]).code == "invalid_request")
            try await door.addUser()
            #expect(try await door.send(.updateUser, ["displayName": text(128)]).status == .ok)
            #expect(try await door.send(.updateUser, ["displayName": text(129)]).code == "invalid_request")
            let phones = JSON.array(
                Array(repeating: ["kind": "home", "number": "+15551230000"], count: 6))
            #expect(try await door.send(.updateUser, ["phones": phones]).code == "invalid_request")
            let unsupported = try await door.send(.updateUser, ["preferredFactor": "sms"])
            #expect(unsupported.status == .unprocessableContent && unsupported.code == "factor_unsupported")
        }
    }

    @Test func `nobody's name is not found, whatever is asked`() async throws {
        try await CoreDoor.open { door async throws in
            let stored = try await door.stored()
            for user in ["nobody", CoreDoor.noID, "%00"] {
                let answers = [
                    try await door.send(.readUser, user: user),
                    try await door.send(.updateUser, ["enabled": false], user: user),
                    try await door.send(.deleteUser, user: user),
                    try await door.send(.setPassword, ["password": "long enough"], user: user),
                    try await door.send(.blockUser, ["reason": "lost"], user: user),
                    try await door.send(.unblockUser, user: user), try await door.send(.unlockUser, user: user),
                ]
                for answer in answers { #expect(answer.status == .notFound && answer.code == "not_found") }
            }
            #expect(try await door.stored() == stored)
        }
    }

    @Test func `a block refuses sign-ins with its reason until it ends`() async throws {
        try await CoreDoor.open { door async throws in
            try await door.addUser()
            try await door.addToken()
            for reason in ["", "a\nb", String(repeating: "x", count: 201)] {
                #expect(try await door.send(.blockUser, ["reason": .string(reason)]).code == "invalid_request")
            }
            let blocked = try await door.send(.blockUser, ["reason": "phone lost"])
            #expect(blocked.json?["blocked"]?.boolean == true && blocked["blockedReason"] == "phone lost")
            #expect(try await door.check("alice", RFC4226.passcodes[0])["state"] == "denied")
            let unblocked = try await door.send(.unblockUser)
            #expect(unblocked.json?["blocked"]?.boolean == false && unblocked["blockedReason"] == nil)
            #expect(try await door.check("alice", RFC4226.passcodes[0])["state"] == "approved")
        }
    }

    // R15
    @Test func `an unlock ends delays and makes a disabled factor active again`() async throws {
        try await CoreDoor.open(["lockout.softLimit": "2", "lockout.hardCap": "2"]) { door async throws in
            try await door.addUser()
            try await door.addToken()
            for _ in 0..<2 { _ = try await door.check("alice", RFC4226.wrongPasscode) }
            #expect(try await door.send(.listFactors).json?["items"]?.items.first?["state"]?.text == "disabled")
            #expect(try await door.check("alice", RFC4226.passcodes[0])["state"] == "denied")
            #expect(try await door.send(.unlockUser).status == .ok)
            #expect(try await door.send(.listFactors).json?["items"]?.items.first?["state"]?.text == "active")
            #expect(try await door.check("alice", RFC4226.passcodes[0])["state"] == "approved")
        }
    }

    @Test func `a password has 8 to 256 bytes and is shown nowhere`() async throws {
        try await CoreDoor.open { door async throws in
            try await door.addUser()
            for length in [0, 7, 257] {
                let answer = try await door.send(
                    .setPassword, ["password": .string(String(repeating: "p", count: length))])
                #expect(answer.status == .badRequest && answer.code == "invalid_request")
                #expect(!answer.text.contains("ppp"))
            }
            let set = try await door.send(.setPassword, ["password": "correct horse"])
            #expect(set.json?["hasPassword"]?.boolean == true && !set.text.contains("horse"))
            #expect(try await door.lastAudit() == "user.password_set")
            let kept = #"select concat(u::text, (select string_agg(e::text, '') from core.audit_event e)) as t from"#
            #expect(try await door.value(kept + #" core."user" u"#)?.contains("horse") == false)
        }
    }
}

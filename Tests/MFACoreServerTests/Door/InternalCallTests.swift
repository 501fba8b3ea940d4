// SPDX-License-Identifier: Apache-2.0
import HTTPKit
import HTTPTypes
import HummingbirdTesting
import MFAAPI
import TestKit
import Testing

struct InternalCallTests {
    // R69: the door checked it; the core checks it again.
    @Test func `no operation is done without an account and a scope that opens it`() async throws {
        try await CoreDoor.open { door async throws in
            let stored = try await door.stored()
            for operation in MFAAPI.Operation.allCases {
                for scope in Scope.allCases where !operation.scopes.contains(scope) {
                    let answer = try await door.send(operation, [:], as: Account(name: "other", scopes: [scope]))
                    #expect(answer.status == .forbidden && answer.code == "forbidden", "\(operation) by \(scope)")
                }
                for missing in [HeaderNames.account, HeaderNames.scopes, HeaderNames.operation] {
                    let answer = try await door.send(operation, [:], headers: [.fixed(missing): ""])
                    #expect(answer.status == .forbidden, "\(operation) without \(missing)")
                }
                let unknown = try await door.send(operation, [:], as: Account(name: "other", scopes: []))
                #expect(unknown.status == .forbidden, "\(operation)")
            }
            #expect(try await door.stored() == stored)
        }
    }

    // R73
    @Test func `every body is strict JSON of its own operation`() async throws {
        try await CoreDoor.open { door async throws in
            try await door.addUser()
            let stored = try await door.stored()
            for operation in MFAAPI.Operation.allCases where operation.hasBody {
                for body in [
                    "{", "[]", "null", "\"a\"", "{} {}", #"{"more":1}"#, #"{"user":"a","user":"b"}"#,
                    #"{"user":[],"password":{}}"#, "\u{FEFF}{}", String(repeating: "[", count: 64),
                ] {
                    let answer = try await door.send(operation, raw: body)
                    #expect(answer.status == .badRequest, "\(operation): \(body)")
                    #expect(answer.code == "invalid_request")
                }
                let long = try await door.send(
                    operation, raw: "{" + String(repeating: " ", count: 16 * 1024) + "}")
                #expect(long.status == .contentTooLarge && long.code == "too_large", "\(operation)")
                for type in ["text/plain", "application/json; charset=latin1"] {
                    let answer = try await door.send(operation, raw: "{}", headers: [.contentType: type])
                    #expect(answer.status == .unsupportedMediaType && answer.code == "unsupported_media_type")
                }
            }
            #expect(try await door.stored() == stored)
        }
    }

    @Test func `keys stand once, have their own types and are not null where they must be there`() async throws {
        try await CoreDoor.open { door async throws in
            try await door.addUser()
            let factor = try await door.addToken()
            let stored = try await door.stored()
            for (operation, key, value) in [
                (MFAAPI.Operation.startSignIn, "user", "\"alice\""), (.answerSignIn, "passcode", "\"755224\""),
                (.createUser, "username", "\"bob\""), (.setPassword, "password", "\"long enough\""),
                (.blockUser, "reason", "\"lost\""), (.createBypass, "reason", "\"lost\""),
                (.createFactor, "kind", "\"totp\""),
                (.confirmFactor, "passcode", "\"755224\""), (.resynchroniseFactor, "passcodes", #"["1","2"]"#),
                (.choosePortalFactor, "factor", "\"push\""), (.activateDevice, "body", "\"e30\""),
            ] {
                for body in [
                    "{}", "{\"\(key)\":null}", "{\"\(key)\":1}", "{\"\(key)\":true}", "{\"\(key)\":{}}",
                    "{\"\(key)\":\(value),\"\(key)\":\(value)}", "{\"\(key)\":\(value),\"KEY\":1}",
                    "{\"\(key)\":\(value),\"\\u00\(hex(key))\(key.dropFirst())\":\(value)}",
                ] {
                    let answer = try await door.send(operation, raw: body, id: factor)
                    #expect(answer.code == "invalid_request", "\(operation): \(body): \(answer.text)")
                }
            }
            #expect(try await door.stored() == stored)
        }
    }

    private func hex(_ key: String) -> String { key.utf8.first.map { String($0, radix: 16) } ?? "" }

    @Test func `an operation without a body takes an empty object and nothing more`() async throws {
        try await CoreDoor.open { door async throws in
            try await door.addUser()
            for operation in [MFAAPI.Operation.unblockUser, .unlockUser, .readUser, .listFactors] {
                #expect(try await door.send(operation).status == .ok, "\(operation)")
                #expect(try await door.send(operation, [:]).status == .ok, "\(operation)")
                #expect(try await door.send(operation, ["a": 1]).code == "invalid_request", "\(operation)")
                #expect(try await door.send(operation, raw: "[]").code == "invalid_request", "\(operation)")
            }
        }
    }

    // R72
    @Test func `an Idempotency-Key is short visible ASCII`() async throws {
        try await CoreDoor.open { door async throws in
            let stored = try await door.stored()
            for key in ["", "a b", String(repeating: "k", count: 65)] {
                let answer = try await door.send(.createUser, ["username": "bob"], key: key)
                #expect(answer.status == .badRequest && answer.code == "invalid_request")
            }
            #expect(try await door.stored() == stored)
            let longest = String(repeating: "k", count: 64)
            #expect(try await door.send(.createUser, ["username": "bob"], key: longest).status == .created)
        }
    }

    @Test(arguments: ["%zz", "%ff", "", "a%"])
    func `an application that cannot be read does not unbind its account`(application: String) async throws {
        try await CoreDoor.open { door async throws in
            var account = Account.vpn
            account.application = application
            let answer = try await door.send(.startSignIn, ["user": "alice"], as: account)
            #expect(answer.status == .forbidden && answer.code == "forbidden")
        }
    }

    @Test func `names in the path may be percent-encoded`() async throws {
        try await CoreDoor.open { door async throws in
            let id = try await door.addUser("Émile Zola")
            for user in ["%C3%A9mile%20zola", "%c3%89MILE%20ZOLA", id, id.uppercased()] {
                #expect(try await door.send(.readUser, user: user)["id"] == id, "\(user)")
            }
            for user in ["nobody", "%00", "%0A", CoreDoor.noID, "me", String(repeating: "x", count: 2000)] {
                let answer = try await door.send(.readUser, user: user)
                #expect([.notFound, .forbidden].contains(answer.status), "\(user.prefix(40)): \(answer.text)")
            }
            for user in ["%FF", "%C3", "%zz", "%"] {
                let answer = try await door.send(.readUser, user: user)
                #expect(answer.status == .badRequest && answer.code == "invalid_request", "\(user): \(answer.text)")
            }
        }
    }

    @Test func `whoever has only the portal's scope needs a ticket, and opens nobody but me with it`() async throws {
        try await CoreDoor.open { door async throws in
            try await door.addUser()
            for operation in MFAAPI.Operation.allCases where operation.path.hasPrefix("/users/{user}") {
                guard operation.scopes.contains(.portal) else { continue }
                for (account, user) in [
                    (Account.portal, "alice"), (.portal, "me"), (.portal(holding: "t"), "alice"),
                    (Account(name: "administrator", scopes: [.manageUsers], ticket: "t"), "me"),
                ] {
                    let answer = try await door.send(operation, user: user, as: account, headers: [:])
                    #expect([.forbidden, .unsupportedMediaType].contains(answer.status), "\(operation) \(user)")
                }
                // A ticket that nobody was given.
                if operation.hasBody { continue }
                let unknown = try await door.send(operation, user: "me", as: .portal(holding: "t"))
                #expect(unknown.status == .unauthorized && unknown.code == "unauthenticated", "\(operation)")
            }
            let long = Account.portal(holding: String(repeating: "t", count: 129))
            #expect(try await door.send(.endTicket, as: long).status == .unauthorized)
            #expect(try await door.send(.endTicket, as: .portal).status == .forbidden)
            #expect(try await door.send(.endTicket, as: .portal(holding: "t")).status == .unauthorized)
        }
    }
}

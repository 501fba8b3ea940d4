// SPDX-License-Identifier: Apache-2.0
import DeviceProtocol
import HTTPTypes
import HummingbirdTesting
import MFAAPI
import TestKit
import Testing

struct PortalHandlersTests {
    private static let password = "correct horse"

    /// A person with a password and a token.
    private func open(_ body: @escaping @Sendable (CoreDoor) async throws -> Void) async throws {
        try await CoreDoor.open { door async throws in
            try await door.addUser()
            try await door.addToken()
            try await door.setPassword(Self.password)
            try await body(door)
        }
    }

    private func start(_ door: CoreDoor, _ password: String = Self.password) async throws -> TestResponse {
        try await door.send(.startPortalSignIn, ["user": "alice", "password": .string(password)])
    }

    @Test func `password, choice and passcode lead to a ticket, once`() async throws {
        try await open { door async throws in
            let started = try await start(door)
            #expect(started.status == .ok)
            #expect(started.json?.keys == ["expiresAt", "factors", "id", "nextStep", "state"])
            #expect(started["nextStep"] == "choose" && started.json?["factors"] == ["passcode"])
            let id = try #require(started["id"])
            let chosen = try await door.send(.choosePortalFactor, ["factor": "passcode"], id: id)
            #expect(chosen["state"] == "pending" && chosen["nextStep"] == "passcode")
            let approved = try await door.send(
                .answerSignIn, ["passcode": .string(RFC4226.passcodes[0])], id: id, as: .portal)
            let ticket = try #require(approved["ticket"])
            #expect(approved["state"] == "approved" && ticket.utf8.count == 43)
            let read = try await door.send(.readSignIn, id: id, as: .portal)
            #expect(read["state"] == "approved" && read["ticket"] == nil)
            #expect(try await door.value("select encode(hash, 'escape') as t from core.ticket") != ticket)
            let me = try await door.send(.readUser, user: "me", as: .portal(holding: ticket))
            #expect(me.status == .ok && me["username"] == "alice")
        }
    }

    @Test func `a prompt leads to a ticket as well`() async throws {
        try await open { door async throws in
            let phone = try await Phone.activated(door)
            let started = try await start(door)
            #expect(started.json?["factors"] == ["push", "passcode"])
            let id = try #require(started["id"])
            let chosen = try await door.send(.choosePortalFactor, ["factor": "push"], id: id)
            let number = try #require(chosen["numberToEnter"])
            #expect(try await door.send(.choosePortalFactor, ["factor": "passcode"], id: id).code == "conflict")
            #expect(try await phone.answer(phone.challenge(), .approve, number: number)["state"] == "approved")
            let read = try await door.send(.readSignIn, id: id, as: .portal)
            #expect(read["factor"] == "device" && read["ticket"] != nil)
            #expect(try await door.send(.readSignIn, id: id, as: .portal)["ticket"] == nil)
        }
    }

    @Test func `what does not fit is refused, and no sign-in but the portal's own is chosen for`() async throws {
        try await open { door async throws in
            let stored = try await door.stored()
            let long = String(repeating: "p", count: 257)
            let bodies: [JSON] = [
                ["user": "alice"], ["user": "alice", "password": 1], ["user": "alice", "password": .string(long)],
                ["user": "alice", "password": "x", "clientAddress": "é"],
                ["user": "alice", "password": "x", "factor": "push"],
            ]
            for body in bodies {
                let answer = try await door.send(.startPortalSignIn, body)
                #expect(answer.status == .badRequest && answer.code == "invalid_request", "\(answer.text)")
            }
            #expect(try await door.stored() == stored)
            let id = try #require(try await start(door)["id"])
            for factor in ["sms", "choice", ""] {
                let answer = try await door.send(.choosePortalFactor, ["factor": .string(factor)], id: id)
                #expect(answer.status == .unprocessableContent && answer.code == "factor_unsupported")
            }
            let other = Account(name: "other", scopes: [.portal])
            #expect(try await door.send(.choosePortalFactor, ["factor": "push"], id: id, as: other).code == "not_found")
            let plain = try await door.begin()
            #expect(try await door.send(.choosePortalFactor, ["factor": "push"], id: plain).code == "not_found")
            // One account with both scopes still chooses for nothing but portal sign-ins.
            let both = Account(name: "vpn", scopes: [.authenticate, .portal])
            let answer = try await door.send(.choosePortalFactor, ["factor": "push"], id: plain, as: both)
            #expect(answer.status == .notFound && answer.code == "not_found")
        }
    }

    @Test func `wrong passwords delay the password, and an unlock ends that`() async throws {
        try await open { door async throws in
            for _ in 0..<5 { #expect(try await start(door, "incorrect")["reason"] == "refused") }
            #expect(try await start(door)["state"] == "denied")
            #expect(try await door.lastAudit() == "password.locked locked")
            // R16: the passcode's budget is another one.
            #expect(try await door.value("select failures::text as t from core.factor") == "0")
            _ = try await door.send(.unlockUser)
            #expect(try await start(door)["state"] == "pending")
        }
    }

    // R75
    @Test func `a change made under a ticket ends all others and answers with a new one`() async throws {
        try await open { door async throws in
            let other = try await door.ticket(Self.password, counter: 0)
            let mine = try await door.ticket(Self.password, counter: 1)
            let made = try await door.send(
                .createFactor, ["kind": "totp"], user: "me", as: .portal(holding: mine))
            let newer = try #require(made["ticket"])
            for old in [other, mine] {
                let answer = try await door.send(.listFactors, user: "me", as: .portal(holding: old))
                #expect(answer.status == .unauthorized && answer.code == "unauthenticated")
            }
            let removed = try await door.send(
                .deleteFactor, user: "me", id: made["id"] ?? "", as: .portal(holding: newer))
            #expect(removed.status == .ok && removed["state"] == "revoked")
            let newest = try #require(removed["ticket"])
            #expect(try await door.send(.listFactors, user: "me", as: .portal(holding: newest)).status == .ok)
            #expect(try await door.send(.endTicket, as: .portal(holding: newest)).status == .noContent)
            #expect(try await door.send(.listFactors, user: "me", as: .portal(holding: newest)).status == .unauthorized)
            #expect(try await door.send(.endTicket, as: .portal(holding: newest)).status == .unauthorized)
        }
    }

    // R37
    @Test func `a change of factors needs a proof of the last five minutes`() async throws {
        try await open { door async throws in
            let account = Account.portal(holding: try await door.ticket(Self.password, counter: 0))
            try await door.database.database.run(
                "update core.ticket set proved_at = clock_timestamp() - interval '301 seconds'")
            let factors = try await door.send(.listFactors, user: "me", as: account)
            let id = try #require(factors.json?["items"]?.items.first?["id"]?.text)
            let stored = try await door.value("select count(*)::text as t from core.factor")
            let answers = [
                try await door.send(.createFactor, ["kind": "totp"], user: "me", as: account),
                try await door.send(.deleteFactor, user: "me", id: id, as: account),
                try await door.send(.createActivation, user: "me", as: account),
                try await door.send(.confirmFactor, ["passcode": "755224"], user: "me", id: id, as: account),
            ]
            for answer in answers { #expect(answer.status == .forbidden && answer.code == "step_up_required") }
            #expect(try await door.value("select count(*)::text as t from core.factor") == stored)
            #expect(factors.status == .ok)
        }
    }

    // R75
    @Test(arguments: ["disable", "block", "password", "factor", "idle", "old"])
    func `a ticket ends with what it stood for`(act: String) async throws {
        try await open { door async throws in
            let ticket = try await door.ticket(Self.password, counter: 0)
            let stranger = Account(name: "other", scopes: [.portal], ticket: ticket)
            #expect(try await door.send(.readUser, user: "me", as: stranger).status == .unauthorized)
            switch act {
            case "disable": _ = try await door.send(.updateUser, ["enabled": false])
            case "block": _ = try await door.send(.blockUser, ["reason": "phone lost"])
            case "password": try await door.setPassword("another one")
            case "factor": _ = try await Phone.activated(door)
            case "idle":
                try await door.database.database.run(
                    "update core.ticket set last_used_at = clock_timestamp() - interval '3601 seconds'")
            default:
                try await door.database.database.run(
                    "update core.ticket set created_at = clock_timestamp() - interval '24 hours 1 second'")
            }
            let answer = try await door.send(.readUser, user: "me", as: .portal(holding: ticket))
            #expect(answer.status == .unauthorized && answer.code == "unauthenticated")
        }
    }
}

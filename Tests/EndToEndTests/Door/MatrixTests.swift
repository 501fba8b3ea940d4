// SPDX-License-Identifier: Apache-2.0
import MFAAPI
import Testing
import TestKit

extension EndToEnd.Standing {
    /// R69: which account may call which operation.
    @Suite struct Matrix {
        let world: World

        init() throws { world = try World.current }

        /// Every operation of contract.md and the scopes that it stands under there.
        private static let operations: [(method: String, path: String, scopes: Set<String>)] = [
            ("POST", "/sign-ins", ["authenticate"]),
            ("GET", "/sign-ins/ID", ["authenticate", "portal"]),
            ("POST", "/sign-ins/ID/answers", ["authenticate", "portal"]),
            ("POST", "/sign-ins/ID/cancellation", ["authenticate", "portal"]),
            ("POST", "/users", ["manage-users"]),
            ("GET", "/users", ["manage-users"]),
            ("GET", "/users/WHO", ["manage-users", "portal"]),
            ("PATCH", "/users/WHO", ["manage-users"]),
            ("DELETE", "/users/WHO", ["manage-users"]),
            ("PUT", "/users/WHO/password", ["manage-users"]),
            ("POST", "/users/WHO/block", ["manage-users"]),
            ("POST", "/users/WHO/unblock", ["manage-users"]),
            ("POST", "/users/WHO/unlock", ["manage-users"]),
            ("GET", "/users/WHO/factors", ["manage-users", "portal"]),
            ("POST", "/users/WHO/factors", ["manage-users", "portal"]),
            ("POST", "/users/WHO/factors/ID/confirmation", ["manage-users", "portal"]),
            ("DELETE", "/users/WHO/factors/ID", ["manage-users", "portal"]),
            ("POST", "/users/WHO/factors/ID/resynchronisation", ["manage-users", "portal"]),
            ("POST", "/users/WHO/activations", ["manage-users", "portal"]),
            ("GET", "/users/WHO/activations/ID", ["manage-users", "portal"]),
            ("POST", "/portal/sign-ins", ["portal"]),
            ("POST", "/portal/sign-ins/ID/factor", ["portal"]),
            ("DELETE", "/portal/ticket", ["portal"]),
            ("POST", "/devices/activations", ["mobile"]),
            ("POST", "/devices/nonces", ["mobile"]),
            ("POST", "/devices/requests/list-challenges", ["mobile"]),
            ("POST", "/devices/requests/answer-challenge", ["mobile"]),
            ("POST", "/devices/requests/set-push-address", ["mobile"]),
            ("POST", "/devices/requests/remove-device", ["mobile"]),
        ]

        private static let accounts: [(name: String, scopes: Set<String>)] = [
            ("integrator", ["authenticate"]), ("vpn", ["authenticate"]),
            ("administrator", ["authenticate", "manage-users"]), ("portal", ["portal"]), ("mobile", ["mobile"]),
        ]

        // R69
        @Test func `every account does what its scopes say and nothing else`() async throws {
            #expect(Self.operations.count == Operation.allCases.count)
            let before = try await state()
            var refusals = 0
            for (account, scopes) in Self.accounts {
                let forbidden =
                    "select count(*) from core.audit_event where event = 'door.forbidden' and actor = '\(account)'"
                let rowsBefore = try await world.number(forbidden)
                refusals = 0
                for operation in Self.operations {
                    let reply = try await call(operation.method, operation.path, as: account)
                    let isRefused = reply.status == 403 && reply.code == "forbidden" && reply.asksForCredentials
                    let mayCall = !operation.scopes.isDisjoint(with: scopes)
                    #expect(isRefused == !mayCall, "\(account) \(operation.method) \(operation.path): \(reply.status)")
                    if isRefused { refusals += 1 }
                }
                #expect(try await world.number(forbidden) == rowsBefore + refusals, "\(account)")
            }
            #expect(try await state() == before)
        }

        // R69
        @Test func `without credentials, or with wrong ones, nothing is answered`() async throws {
            for operation in Self.operations {
                let reply = try await call(operation.method, operation.path, as: nil)
                #expect(reply.status == 401 && reply.code == "unauthenticated" && reply.asksForCredentials)
            }
            let account = try world.account("integrator")
            for secret in ["", String(account.secret.dropLast()), account.secret + "x", "cs_x_y"] {
                let reply = try await world.call(
                    "POST", "/sign-ins", ["user": "alice"], as: nil,
                    headers: [("Authorization", World.basic(.init(name: "integrator", secret: secret)))])
                #expect(reply.status == 401)
            }
            // One account's secret under another's name.
            let reply = try await world.call(
                "GET", "/users", as: nil,
                headers: [("Authorization", World.basic(.init(name: "administrator", secret: account.secret)))])
            #expect(reply.status == 401)
        }

        // R69
        @Test func `the portal acts for nobody without that person's ticket`() async throws {
            let person = try await world.createUser("alice")
            for path in ["/users/\(person.name)", "/users/\(person.id)/factors"] {
                #expect(try await world.call("GET", path, as: "portal").status == 403)
                let ticket = [("Countersign-Ticket", "invented")]
                #expect(try await world.call("GET", path, as: "portal", headers: ticket).status == 403)
            }
            #expect(try await world.call("GET", "/users/me/factors", as: "portal").status == 403)
            let invented = try await world.call(
                "GET", "/users/me/factors", as: "portal", headers: [("Countersign-Ticket", "invented")])
            #expect(invented.status == 401 && invented.code == "unauthenticated")
        }

        @Test func `an account with an application names no other`() async throws {
            let token = try await world.createUserWithToken("alice")
            let body: [String: JSON] = ["user": .string(token.person.name), "factor": "passcode"]
            let other = try await world.call(
                "POST", "/sign-ins", .object(body.merging(["application": "mail"]) { $1 }), as: "vpn")
            #expect(other.status == 403 && other.code == "forbidden")
            let own = try await world.call(
                "POST", "/sign-ins", .object(body.merging(["application": "vpn"]) { $1 }), as: "vpn")
            #expect(own["state"]?.text == "pending")
        }

        // R70: 20 wrong secrets a minute, and other accounts go on.
        @Test func `wrong secrets are throttled for that account alone`() async throws {
            try await world.addAccount("throttled", "--scope", "authenticate")
            let wrong = [("Authorization", World.basic(.init(name: "throttled", secret: "cs_wrong")))]
            var statuses: [Int] = []
            for _ in 0..<22 {
                statuses.append(
                    try await world.call("POST", "/sign-ins", ["user": "alice"], as: nil, headers: wrong).status)
            }
            #expect(tally(statuses) == [401: 20, 429: 2])
            let right = try await world.call("POST", "/sign-ins", ["user": "alice"], as: "throttled")
            #expect(right.status == 429 && right.header("retry-after") != nil)
            #expect(try await world.call("POST", "/sign-ins", ["user": "nobody"], as: "integrator").status == 200)
        }

        /// A call that has no effect even where it is allowed: nobody and nothing has these names.
        private func call(_ method: String, _ path: String, as account: String?) async throws -> Reply {
            let isPortal = account == "portal"
            let target = path.replacing("ID", with: "00000000-0000-4000-8000-000000000000")
                .replacing("WHO", with: isPortal ? "me" : "nobody-at-all")
            let hasBody = method != "GET" && method != "DELETE"
            let headers = isPortal ? [("Countersign-Ticket", "invented")] : []
            return try await world.call(method, target, hasBody ? [:] : nil, as: account, headers: headers)
        }

        private func state() async throws -> Int {
            try await world.number(
                """
                (select count(*) from core."user") + (select count(*) from core.factor)
                    + (select count(*) from core.sign_in) + (select count(*) from core.activation)
                """)
        }
    }
}

extension Reply {
    /// Whether the door itself refused, and not what lies behind it.
    var asksForCredentials: Bool { header("www-authenticate") != nil }
}

// SPDX-License-Identifier: Apache-2.0
import MFAAPI
import Testing
import TestKit

extension EndToEnd.Standing {
    /// R69: which account may call which operation.
    @Suite struct Matrix {
        let world: World

        init() throws { world = try World.current }

        /// Who may call what, written down from contract.md by hand: an operation that is new in the code and not here
        /// counts as one that nobody may call.
        static let rights: [String: Set<String>] = [
            "start-sign-in": ["authenticate"], "read-sign-in": ["authenticate", "portal"],
            "answer-sign-in": ["authenticate", "portal"], "cancel-sign-in": ["authenticate", "portal"],
            "create-user": ["manage-users"], "list-users": ["manage-users"],
            "read-user": ["manage-users", "portal"], "update-user": ["manage-users"],
            "delete-user": ["manage-users"], "set-password": ["manage-users"], "block-user": ["manage-users"],
            "unblock-user": ["manage-users"], "unlock-user": ["manage-users"], "create-bypass": ["manage-users"],
            "delete-bypass": ["manage-users"],
            "list-factors": ["manage-users", "portal"], "create-factor": ["manage-users", "portal"],
            "confirm-factor": ["manage-users", "portal"], "delete-factor": ["manage-users", "portal"],
            "resynchronise-factor": ["manage-users", "portal"], "create-activation": ["manage-users", "portal"],
            "read-activation": ["manage-users", "portal"], "list-audit": ["read-audit"],
            "start-portal-sign-in": ["portal"],
            "choose-portal-factor": ["portal"], "end-ticket": ["portal"], "activate-device": ["mobile"],
            "create-nonce": ["mobile"], "list-challenges": ["mobile"], "answer-challenge": ["mobile"],
            "set-push-address": ["mobile"], "remove-device": ["mobile"],
        ]

        /// Every kind of account there is, and what it asks with.
        static let accounts: [(name: String, scopes: Set<String>)] = [
            ("integrator", ["authenticate"]), ("vpn", ["authenticate"]), ("manager", ["manage-users"]),
            ("administrator", ["authenticate", "manage-users"]), ("portal", ["portal"]), ("mobile", ["mobile"]),
            (CertifiedAccount.name, CertifiedAccount.scopes), ("auditor", ["read-audit"]), ("scopeless", []),
        ]

        // R69
        @Test func `every account does what its scopes say and nothing else`() async throws {
            #expect(Set(Operation.allCases.map(\.rawValue)) == Set(Self.rights.keys))
            try await addNarrowAccounts()
            try await addScopeless()
            let before = try await state()
            try await CertifiedAccount.with(world) { certified in
                for (account, scopes) in Self.accounts { try await tryEverything(account, scopes, certified) }
            }
            #expect(try await state() == before)
        }

        private func tryEverything(
            _ account: String, _ scopes: Set<String>, _ certified: CertifiedAccount
        ) async throws {
            let forbidden =
                "select count(*) from core.audit_event where event = 'door.forbidden' and actor = '\(account)'"
            let rowsBefore = try await world.number(forbidden)
            var refusals = 0
            for operation in Operation.allCases {
                let reply = try await call(
                    operation, as: account, ticket: account == "portal" ? "invented" : nil, by: certified)
                let isRefused = reply.status == 403 && reply.code == "forbidden" && reply.asksForCredentials
                let mayCall = !scopes.isDisjoint(with: Self.rights[operation.rawValue] ?? [])
                #expect(isRefused == !mayCall, "\(account) \(operation.rawValue): \(reply.status)")
                // An invented ticket opens nothing; everything else is answered as what it is, an empty body as well.
                let own =
                    account == "portal" && operation.path.hasPrefix("/users/") ? [400, 401] : [200, 400, 404, 422]
                let isEndOfNone = operation == .endTicket && reply.status == 401
                #expect(!mayCall || own.contains(reply.status) || isEndOfNone, "\(account) \(operation.rawValue)")
                if isRefused { refusals += 1 }
            }
            #expect(try await world.number(forbidden) == rowsBefore + refusals, "\(account)")
        }

        // R69: what the portal may do it may do for the person whose ticket it shows.
        @Test func `the portal with a ticket does what the person may and nothing else`() async throws {
            let token = try await world.createUserWithToken("alice")
            var ticket = try await self.ticket(of: token, token.passcode(step: world.step))
            let forbidden = "select count(*) from core.audit_event where event = 'door.forbidden' and actor = 'portal'"
            let rowsBefore = try await world.number(forbidden)
            var refusals = 0
            // The ticket's own end comes last.
            for operation in Operation.allCases.filter({ $0 != .endTicket }) + [.endTicket] {
                let reply = try await call(operation, as: "portal", ticket: ticket)
                let mayCall = Self.rights[operation.rawValue]?.contains("portal") ?? false
                let isRefused = reply.status == 403 && reply.code == "forbidden" && reply.asksForCredentials
                #expect(isRefused == !mayCall, "\(operation.rawValue): \(reply.status)")
                if mayCall { #expect([200, 201, 204, 400, 404, 422].contains(reply.status), "\(operation.rawValue)") }
                if isRefused { refusals += 1 }
                ticket = reply["ticket"]?.text ?? ticket
            }
            #expect(try await world.number(forbidden) == rowsBefore + refusals)
            #expect(try await call(.listFactors, as: "portal", ticket: ticket).status == 401)
        }

        // R69: an account that is no more, one with another's secret, and nobody.
        @Test
        func `wrong secrets, disabled accounts and nobody get nothing from any operation, and it is written down`()
            async throws
        {
            let names = ["disabled-a", "disabled-b", "wrong-a", "wrong-b"]
            for name in names {
                try await world.addAccount(name, "--scope", "authenticate", "--scope", "manage-users")
            }
            for name in names.prefix(2) { try await world.core("service-account", ["disable", name, "--yes"]) }
            // What the door knows of an account may be two seconds old.
            for name in names.prefix(2) {
                let basic = World.basic(try world.account(name))
                try await eventually("\(name) is out", within: .seconds(10)) {
                    try await call(.listUsers, as: nil, authorization: basic).status == 401
                }
            }
            let other = try world.account("integrator").secret
            let before = try await state()
            // Twenty wrong ones in a minute would end in 429 (R70), so two accounts of a kind share them.
            for (number, operation) in Operation.allCases.enumerated() {
                let half = number % 2
                for name in [names[half], names[2 + half]] {
                    let secret = name.hasPrefix("wrong") ? other : try world.account(name).secret
                    let basic = World.basic(.init(name: name, secret: secret))
                    let reply = try await call(operation, as: nil, authorization: basic)
                    #expect(reply.status == 401 && reply.asksForCredentials, "\(name) \(operation.rawValue)")
                }
                let reply = try await call(operation, as: nil)
                #expect(reply.status == 401 && reply.code == "unauthenticated" && reply.asksForCredentials)
            }
            #expect(try await state() == before)
            for (reason, actors) in [
                ("disabled", "'disabled-a', 'disabled-b'"), ("wrong_secret", "'wrong-a', 'wrong-b'"),
                ("missing", "'(none)'"),
            ] {
                try await eventually("\(reason) is in the audit", within: .seconds(20)) {
                    try await world.number(
                        """
                        select coalesce(sum((detail ->> 'count')::bigint), 0) from core.audit_event
                        where event = 'door.unauthenticated' and reason = '\(reason)' and actor in (\(actors))
                        """) >= Operation.allCases.count
                }
            }
        }

        // R69
        @Test func `no secret but the account's own is one`() async throws {
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

        /// A call that has no effect on anybody else even where it is allowed: nobody and nothing has these names.
        private func call(
            _ operation: Operation, as account: String?, ticket: String? = nil, authorization: String? = nil,
            by certified: CertifiedAccount? = nil
        ) async throws -> Reply {
            let target = operation.path.replacing("{id}", with: "00000000-0000-4000-8000-000000000000")
                .replacing("{user}", with: account == "portal" ? "me" : "nobody-at-all")
            let hasBody = operation.method != "GET" && operation.method != "DELETE"
            var headers = ticket.map { [("Countersign-Ticket", $0)] } ?? []
            if let authorization { headers.append(("Authorization", authorization)) }
            if let certified, account == CertifiedAccount.name {
                return try await certified.call(operation.method, target, hasBody ? [:] : nil, headers: headers)
            }
            return try await world.call(operation.method, target, hasBody ? [:] : nil, as: account, headers: headers)
        }

        /// A sign-in to the portal by somebody who has no password yet, up to the choice of a factor or past it.
        func beginPortalSignIn(of person: Person, choosing factor: String? = nil) async throws -> String {
            try await world.setPassword(of: person)
            let started = try await world.expect(
                200, "POST", "/portal/sign-ins",
                ["user": .string(person.name), "password": .string(World.password)], as: "portal")
            let id = try #require(started["id"]?.text, "\(started)")
            if let factor {
                _ = try await world.expect(
                    200, "POST", "/portal/sign-ins/\(id)/factor", ["factor": .string(factor)], as: "portal")
            }
            return id
        }

        func ticket(of token: Token, _ passcode: String) async throws -> String {
            let id = try await beginPortalSignIn(of: token.person, choosing: "passcode")
            let answer = try await world.expect(
                200, "POST", "/sign-ins/\(id)/answers", ["passcode": .string(passcode)], as: "portal")
            return try #require(answer["ticket"]?.text, "\(answer)")
        }

        /// Accounts that manage people or read the audit and do nothing else, which no world has from the start.
        func addNarrowAccounts() async throws {
            for (name, scope) in [("manager", "manage-users"), ("auditor", "read-audit")] {
                guard (try? world.account(name)) == nil else { continue }
                try await world.addAccount(name, "--scope", scope)
            }
        }

        /// An account whose row holds no scope at all; the command line makes none.
        private func addScopeless() async throws {
            #expect(try await world.tryCore(["service-account", "add", "scopeless"]).status != 0)
            try await world.addAccount("scopeless", "--scope", "authenticate")
            try await world.sql("update sdk.service_account set scopes = '{}' where name = 'scopeless'")
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

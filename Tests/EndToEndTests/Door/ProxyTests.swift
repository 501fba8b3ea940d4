// SPDX-License-Identifier: Apache-2.0
import Glibc
import Postgres
import TestKit
import Testing

extension EndToEnd.Standing {
    /// R18: whoever is connected is the caller, unless it is a proxy that an operator named.
    @Suite struct Proxies {
        let world: World

        init() throws { world = try World.current }

        private func wrong(_ name: String, _ number: Int, at url: String) async throws -> Reply {
            let account = World.Account(name: name, secret: "wrong")
            return try await world.web.send(
                "GET", "\(url)/api/v1/users",
                headers: [
                    ("Authorization", World.basic(account)), ("X-Forwarded-For", "203.0.113.\(number)"),
                    ("Forwarded", "for=198.51.100.\(number)"), ("User-Agent", "agent-\(number)"),
                    ("X-Real-IP", "203.0.113.\(number)"),
                ])
        }

        /// The addresses under which refusals of this name were written down.
        private func peers(_ name: String) async throws -> Set<String> {
            Set(
                try await world.sql(
                    "select distinct peer from core.audit_event where event = 'door.unauthenticated' and actor = '\(name)'"
                ).map { try $0.text("peer") })
        }

        // R18
        @Test func `headers of a stranger make no fresh budget, and the audit has the socket's address`() async throws {
            let name = "guessed-\(Workshop.unique())"
            let url = try await world.copies(of: .sdk)[0].url()
            var statuses: [Int] = []
            for number in 0..<25 { statuses.append(try await wrong(name, number, at: url).status) }
            #expect(statuses == Array(repeating: 401, count: 20) + Array(repeating: 429, count: 5))
            try await eventually("the refusals are written down") { try await !peers(name).isEmpty }
            #expect(try await peers(name) == ["127.0.0.1"])
        }

        // R18, R70
        @Test func `behind a trusted proxy the caller is whom it names, to networks, limits and audit`() async throws {
            let copy = try await world.start(
                .sdk, apart: true, settings: ["listener.trustedProxies": "[127.0.0.0/8]"])
            try await copy.becomesReady()
            let (name, url) = ("proxied-\(Workshop.unique())", try await copy.url())
            for number in 0..<25 { #expect(try await wrong(name, number % 2, at: url).status == 401) }
            try await eventually("the refusals are written down") { try await peers(name).count == 2 }
            #expect(try await peers(name) == ["203.0.113.0", "203.0.113.1"])
            let bound = try await world.addAccount(
                "bound-\(Workshop.unique())", "--scope", "manage-users", "--network", "203.0.113.0/24")
            for (header, expected) in [("203.0.113.9", 200), ("203.0.113.9, 198.51.100.1", 401), ("garbage", 401)] {
                let reply = try await world.web.send(
                    "GET", "\(url)/api/v1/users?limit=1",
                    headers: [("Authorization", World.basic(bound)), ("X-Forwarded-For", header)])
                #expect(reply.status == expected, "\(header)")
            }
            copy.process.signal(SIGTERM)
        }

        // R70: TLS only; plain HTTP is not even redirected.
        @Test func `plain HTTP is not spoken on any public port`() async throws {
            for service in [Service.sdk, .portal, .mobile] {
                let url = try await world.copies(of: service)[0].url().replacing("https://", with: "http://")
                await #expect(throws: NoReply.self) {
                    let reply = try await world.operators.send("GET", "\(url)/api/v1/users", within: .seconds(20))
                    Issue.record("\(service) answered \(reply.status): \(reply.text)")
                }
            }
        }

        // R97. How long the other one's calls take meanwhile is for `make fairness`, which the soak ends with: here a flood's
        // hundred and fifty handshakes busy a small machine for longer than any turn, so that neither a time nor a multiple
        // of a calm one's would tell a fair door from an unfair one. Whose turn it is, TurnstileStateTests say.
        @Test func `what one account floods with is shed and counted, and another one does not notice`() async throws {
            let copy = try await world.start(
                .sdk, apart: true, settings: ["capacity.callsMax": "8", "capacity.queueMax": "8"])
            try await copy.becomesReady()
            let noisy = try await world.addAccount("noisy-\(Workshop.unique())", "--scope", "manage-users")
            let limited = try await world.addAccount(
                "limited-\(Workshop.unique())", "--scope", "manage-users", "--rate-per-second", "2")
            let url = "\(try await copy.url())/api/v1/users?limit=1"
            @Sendable func get(_ account: World.Account) async throws -> Reply {
                try await world.web.send("GET", url, headers: [("Authorization", World.basic(account))])
            }
            async let flood = inParallel(150) { _ in try await get(noisy) }
            var quiet: [Int] = []
            for _ in 0..<20 { quiet.append(try await get(try world.account("administrator")).status) }
            #expect(quiet.allSatisfy { $0 == 200 })
            let replies = try await flood
            let shed = replies.filter { $0.status != 200 }
            // A hundred and fifty at once find eight places and a queue of four.
            #expect(!shed.isEmpty)
            #expect(shed.allSatisfy { $0.status == 503 && $0.code == "unavailable" && $0.header("retry-after") == "1" })
            let several = try await inParallel(6) { _ in try await get(limited) }.filter { $0.status != 200 }
            #expect(several.count >= 3)
            #expect(several.allSatisfy { $0.status == 429 && $0.header("retry-after") == "1" })
            let metrics = try await world.operators("/metrics", of: copy).text
            for (reason, count) in [("queue", shed.count), ("rate", several.count)] {
                #expect(metrics.contains("mfa_door_shed_total{reason=\"\(reason)\"} \(count)\n"), "\(reason) \(count)")
            }
            copy.process.signal(SIGTERM)
        }
    }
}

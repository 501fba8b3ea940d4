// SPDX-License-Identifier: Apache-2.0
import DeviceProtocol
import Glibc
import NIOSSL
import Postgres
import Primitives
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

        // R18: one of the two headers is read, and not the one that a proxy of this kind lets pass.
        @Test func `behind a proxy that writes Forwarded the caller is whom that names`() async throws {
            let copy = try await world.start(
                .sdk, apart: true,
                settings: ["listener.trustedProxies": "[127.0.0.0/8]", "listener.forwardedHeader": "forwarded"])
            try await copy.becomesReady()
            let (name, url) = ("forwarded-\(Workshop.unique())", try await copy.url())
            for number in 0..<25 { #expect(try await wrong(name, number % 2, at: url).status == 401) }
            // With its end all sums are in the audit.
            #expect(try await copy.stop() == 0)
            #expect(try await peers(name) == ["198.51.100.0", "198.51.100.1"])
        }

        /// The PROXY protocol's second version begins with these bytes.
        private static let signature = "\r\n\r\n\0\r\nQUIT\n"
        /// From 203.0.113.9 as version 1 writes it, and from 100.64.1.2 as version 2 does.
        private static let announcements = [
            "PROXY TCP4 203.0.113.9 192.0.2.1 40000 443\r\n",
            signature + "\u{21}\u{11}\0\u{0c}d@\u{1}\u{2}\u{1}\u{2}\u{3}\u{4}\0\u{1}\0\u{2}",
        ]

        /// What came back of one request over TLS behind `announcement`; empty when the connection was closed.
        private func talk(
            to copy: ServiceProcess, _ announcement: String?, _ head: String, _ body: String = "",
            from source: String = "127.0.0.1"
        ) async throws -> String {
            var tls = TLSConfiguration.makeClientConfiguration()
            tls.trustRoots = .file(world.trustRoots)
            let fields = "host: localhost\r\nx-forwarded-for: 192.0.2.200\r\nconnection: close\r\n"
            let outcome = await RawConnection.talk(
                to: try await copy.port(), from: source, tls: tls, before: announcement,
                pieces: ["\(head)\r\n\(fields)\r\n\(body)"])
            return outcome.received
        }

        // R18, R70
        @Test func `a proxy at layer 4 announces the caller by the PROXY protocol, to networks, limits and audit`()
            async throws
        {
            let copy = try await world.start(
                .sdk, apart: true,
                settings: ["listener.trustedProxies": "[127.0.0.1]", "listener.proxyProtocol": "true"])
            try await copy.becomesReady()
            let name = "announced-\(Workshop.unique())"
            let bound = try await world.addAccount(
                "bound-\(Workshop.unique())", "--scope", "manage-users", "--network", "203.0.113.0/24")
            let request = "GET /api/v1/users?limit=1 HTTP/1.1\r\nauthorization: "
            let right = request + World.basic(bound)
            for (announcement, status) in zip(Self.announcements, ["200", "401"]) {
                let answer = try await talk(to: copy, announcement, right)
                #expect(answer.hasPrefix("HTTP/1.1 \(status) "), "\(answer)")
            }
            let wrong = request + World.basic(.init(name: name, secret: "wrong"))
            for number in 0..<25 {
                let answer = try await talk(to: copy, Self.announcements[number % 2], wrong)
                #expect(answer.hasPrefix("HTTP/1.1 401 "), "\(answer)")
            }
            // Who announces nobody, and who is no proxy and announces somebody.
            #expect(try await talk(to: copy, nil, right).isEmpty)
            #expect(try await talk(to: copy, Self.announcements[0], right, from: "127.0.0.9").isEmpty)
            let metrics = try await world.operators("/metrics", of: copy).text
            #expect(metrics.contains("http_connections_refused_total{listener=\"listener\",reason=\"proxy\"} 2\n"))
            #expect(try await copy.stop() == 0)
            #expect(try await peers(name) == ["203.0.113.9", "100.64.1.2"])
        }

        private func clientAddresses(_ event: String, of person: Person) async throws -> Set<String> {
            Set(
                try await world.sql(
                    """
                    select distinct client_address from core.audit_event
                    where event = '\(event)' and user_id = '\(person.id)' and client_address is not null
                    """
                ).map { try $0.text("client_address") })
        }

        // R18
        @Test func `the portal behind a proxy counts wrong passwords and writes them down by the caller's address`()
            async throws
        {
            let copy = try await world.start(
                .portal, apart: true,
                settings: ["listener.trustedProxies": "[127.0.0.0/8]", "listener.forwardedHeader": "forwarded"])
            try await copy.becomesReady()
            let person = try await world.createUserWithToken("paula").person
            try await world.setPassword(of: person)
            try await world.sql("delete from core.password_address")
            let base = "\(try await copy.url())/enroll"
            for address in ["203.0.113.21", "[2001:db8::21]"] {
                let browser = Browser(web: world.web, base: base, origin: World.portalOrigin)
                let token = try await browser.open("/").hidden("token") ?? ""
                let page = try await browser.post(
                    "/sign-in", ["user": person.name, "password": "wrong", "token": token],
                    headers: [("Forwarded", "for=\"\(address)\""), ("X-Forwarded-For", "198.51.100.21")])
                #expect(page.status == 401)
            }
            let counted = try await world.sql("select address from core.password_address")
                .map { try $0.text("address") }
            #expect(Set(counted) == ["203.0.113.21", "2001:db8::21"])
            let written = try await clientAddresses("password.wrong_password", of: person)
            #expect(written == ["203.0.113.21", "2001:db8::21"])
            try await world.sql("delete from core.password_address")
            copy.process.signal(SIGTERM)
        }

        // R18, R35
        @Test func `a phone behind a proxy at layer 4 is counted and written down by its own address`() async throws {
            let copy = try await world.start(
                .mobile, apart: true,
                settings: ["listener.trustedProxies": "[127.0.0.1]", "listener.proxyProtocol": "true"])
            try await copy.becomesReady()
            try await world.sql("delete from core.activation_guess")
            for (announcement, count) in zip(Self.announcements, [2, 1]) {
                for _ in 0..<count {
                    let answer = try await activate(.secret("a guess"), at: copy, announcement)
                    #expect(answer.hasPrefix("HTTP/1.1 401 "), "\(answer)")
                }
            }
            let wrong = try await world.sql("select wrong from core.activation_guess where bucket >= 0 order by wrong")
            #expect(try wrong.map { Int(try $0.integer("wrong")) } == [1, 2])
            let person = try await world.createUser("carol")
            let secret = try #require(try await world.createActivation(for: person)["secret"]?.text)
            let answer = try await activate(.secret(secret), at: copy, Self.announcements[0])
            #expect(answer.hasPrefix("HTTP/1.1 201 "), "\(answer)")
            #expect(try await clientAddresses("device.activated", of: person) == ["203.0.113.9"])
            try await world.sql("delete from core.activation_guess")
            copy.process.signal(SIGTERM)
        }

        /// A phone's request to be activated, by way of a proxy.
        private func activate(
            _ credential: ActivationCredential, at copy: ServiceProcess, _ announcement: String
        ) async throws -> String {
            let outer = try PhoneGuess().request(credential, from: "")
            let body = try #require(outer["body"]?.text.flatMap { Base64URL.decode($0) })
            let head = "POST /PA/api/v1/activations HTTP/1.1\r\ncontent-type: application/json\r\ncontent-length: "
            return try await talk(
                to: copy, announcement, head + String(body.count), String(decoding: body, as: UTF8.self))
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
            // Whose flood it is stands in the log, and not once for each request.
            for account in [noisy, limited] {
                let named = copy.log.lines().count { line in
                    line.contains("\"message\":\"requests turned away\"") && line.contains("\"\(account.name)\"")
                }
                #expect((1...2).contains(named), "\(account.name) is named \(named) times")
            }
            let metrics = try await world.operators("/metrics", of: copy).text
            for (reason, count) in [("queue", shed.count), ("rate", several.count)] {
                #expect(metrics.contains("mfa_door_shed_total{reason=\"\(reason)\"} \(count)\n"), "\(reason) \(count)")
            }
            copy.process.signal(SIGTERM)
        }
    }
}

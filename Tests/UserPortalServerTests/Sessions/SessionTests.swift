// SPDX-License-Identifier: Apache-2.0
import Crypto
import Foundation
import HTTPTypes
import Primitives
import TestKit
import Testing

/// R75: cookie, new ids, ends, limits.
@Suite struct SessionTests {
    // R75
    @Test func `the cookie is for this host alone and out of reach of scripts`() async throws {
        try await PortalWorld.with { world in
            var browser = world.browser()
            let page = try await browser.get("/")
            let cookies = page.headers[values: .setCookie]
            #expect(cookies.count == 1)
            let parts = try #require(cookies.first).split(separator: "; ").map(String.init)
            #expect(parts[0].hasPrefix("__Host-countersign="))
            #expect(Set(parts.dropFirst()) == ["Secure", "HttpOnly", "SameSite=Strict", "Path=/"])
            #expect(Base64URL.decode(try #require(browser.cookie))?.count == 32)
            // A browser that has one is not given another.
            #expect(try await browser.get("/").headers[.setCookie] == nil)
        }
    }

    // R75
    @Test func `every step up brings a new id, and the old ones open nothing`() async throws {
        try await PortalWorld.with { world in
            var browser = world.browser()
            try await browser.get("/")
            let anonymous = try #require(browser.cookie)
            try await browser.enterPassword()
            let signingIn = try #require(browser.cookie)
            try await browser.follow(browser.post("/sign-in/factor", ["factor": "passcode"]))
            #expect(browser.cookie == signingIn)
            try await browser.follow(browser.post("/sign-in/passcode", ["passcode": FakeSDK.passcode]))
            let signedIn = try #require(browser.cookie)
            #expect(Set([anonymous, signingIn, signedIn]).count == 3)
            #expect(try await world.rows().count == 1)
            for old in [anonymous, signingIn] {
                var other = world.browser()
                other.cookie = old
                let page = try await other.get("/factors")
                #expect(page.status == 401 && page.title == "Sign in")
            }
        }
    }

    // R75
    @Test func `an id that somebody else chose is not signed in by its victim`() async throws {
        try await PortalWorld.with { world in
            var attacker = world.browser()
            try await attacker.get("/")
            var victim = world.browser()
            victim.cookie = attacker.cookie
            try await victim.signIn()
            #expect(victim.cookie != attacker.cookie)
            #expect(try await attacker.get("/factors").status == 401)
        }
    }

    // R75
    @Test func `signing out ends the session and the ticket on the server`() async throws {
        try await PortalWorld.with { world in
            var browser = world.browser()
            try await browser.signIn()
            let cookie = browser.cookie
            let page = try await browser.post("/sign-out")
            #expect(page.status == 303 && page.location == "/enroll/signed-out")
            #expect(try await browser.follow(page).title == "You are signed out")
            #expect(try await world.rows().isEmpty)
            #expect(world.fake.calls.last == "DELETE /portal/ticket")
            browser.cookie = cookie
            #expect(try await browser.get("/factors").status == 401)
        }
    }

    // R75
    @Test func `signing out works while sdk-service does not`() async throws {
        try await PortalWorld.with { world in
            var browser = world.browser()
            try await browser.signIn()
            world.fake.set { $0.mode = .down }
            #expect(try await browser.post("/sign-out").status == 303)
            #expect(try await world.rows().isEmpty)
        }
    }

    /// Where a limit lies, with what the database is told to make a session that old.
    private static let ages: [(column: String, seconds: Int, lives: Bool)] = [
        ("last_used_at", 3_590, true), ("last_used_at", 3_601, false), ("created_at", 86_390, true),
        ("created_at", 86_401, false),
    ]

    // R75
    @Test(arguments: ages)
    func `a session dies of idleness and of age`(column: String, seconds: Int, lives: Bool) async throws {
        try await PortalWorld.with { world in
            var browser = world.browser()
            try await browser.signIn()
            try await world.database.run(
                "update portal.session set \(column) = clock_timestamp() - interval '\(seconds) seconds'")
            let page = try await browser.get("/factors")
            #expect(page.status == (lives ? 200 : 401))
            if !lives { #expect(page.alert?.hasPrefix("Please sign in.") == true) }
        }
    }

    // R75
    @Test func `a disabled user or a removed factor ends the session`() async throws {
        try await PortalWorld.with { world in
            var browser = world.browser()
            try await browser.signIn()
            let cookie = browser.cookie
            world.fake.endTickets()
            let page = try await browser.get("/factors")
            #expect(page.status == 401 && page.alert == "Your session has ended. Please sign in again.")
            #expect(try await world.rows().isEmpty)
            #expect(browser.cookie != cookie)
        }
    }

    // R75
    @Test func `the table alone opens nothing`() async throws {
        try await PortalWorld.with { world in
            var browser = world.browser()
            try await browser.signIn()
            let cookie = try #require(browser.cookie)
            let ticket = try #require(world.fake.tickets.first)
            let rows = try await world.rows().joined()
            for secret in [ticket, cookie, "alice", Hex.encode(Array(ticket.utf8)), Hex.encode(Array(cookie.utf8))] {
                #expect(!rows.contains(secret))
            }
            #expect(rows.contains(Hex.encode(Array(SHA256.hash(data: Data(cookie.utf8))))))
        }
    }

    // R75
    @Test func `the ticket that waits for the browser lies sealed too`() async throws {
        try await PortalWorld.with { world in
            var browser = world.browser()
            try await browser.choosePush()
            world.fake.decide("approved")
            try await browser.post("/sign-in/wait", ["wait": "25"])
            let ticket = try #require(world.fake.tickets.first)
            let rows = try await world.rows().joined()
            #expect(rows.contains("signing_in") && !rows.contains(ticket) && !rows.contains(FakeSDK.number))
            #expect(try await browser.get("/factors").status == 303)
        }
    }

    @Test(arguments: ["", "x", "AAAA", String(repeating: "A", count: 44), String(repeating: "é", count: 43)])
    func `a cookie that is not ours is replaced`(value: String) async throws {
        try await PortalWorld.with { world in
            var browser = world.browser()
            browser.cookie = value
            let page = try await browser.get("/")
            #expect(page.status == 200 && browser.cookie != value)
        }
    }
}

// SPDX-License-Identifier: Apache-2.0
import HTTPTypes
import TestKit
import Testing

/// R76: a form counts only from a page of ours, shown to this very session.
@Suite struct FormGuardTests {
    /// Submissions that prove nothing.
    private static let forgeries: [(what: String, headers: [String: String], fields: [String: String])] = [
        ("no token", [:], ["token": ""]),
        ("a made-up token", [:], ["token": String(repeating: "A", count: 43)]),
        ("a foreign origin", ["Origin": "https://evil.example"], [:]),
        ("no origin worth the name", ["Origin": "null"], [:]),
        ("another port", ["Origin": "https://localhost:8442"], [:]),
        ("another scheme", ["Origin": "http://localhost:8443"], [:]),
        ("another site, by the browser's word", ["Sec-Fetch-Site": "cross-site"], [:]),
        ("a sister site", ["Sec-Fetch-Site": "same-site"], [:]),
        ("an address typed in", ["Sec-Fetch-Site": "none"], [:]),
        ("no proof of origin at all", ["Origin": "", "Sec-Fetch-Site": ""], [:]),
        ("plain text", ["Content-Type": "text/plain"], [:]),
        ("parts", ["Content-Type": "multipart/form-data; boundary=x"], [:]),
        ("no type", ["Content-Type": ""], [:]),
    ]

    /// Every address that changes something, for a session that could use it.
    private static let forms: [(path: String, fields: [String: String])] = [
        ("/sign-in", ["user": "alice", "password": FakeSDK.password]),
        ("/sign-in/factor", ["factor": "push"]),
        ("/sign-in/passcode", ["passcode": FakeSDK.passcode]),
        ("/sign-in/wait", [:]),
        ("/sign-in/cancellation", [:]),
    ]

    // R76
    @Test(arguments: forgeries)
    func `no form without proof`(what: String, headers: [String: String], fields: [String: String]) async throws {
        try await PortalWorld.with { world in
            var browser = world.browser()
            try await browser.enterPassword()
            try await expectRefused(browser, world, headers, fields, Self.forms)
            try await browser.signIn()
            try await expectRefused(browser, world, headers, fields, [("/sign-out", [:]), ("/recovery", [:])])
        }
    }

    private func expectRefused(
        _ browser: Browser, _ world: PortalWorld, _ headers: [String: String], _ fields: [String: String],
        _ forms: [(path: String, fields: [String: String])]
    ) async throws {
        let (rows, calls) = (try await world.rows(), world.fake.calls)
        for form in forms {
            var forger = browser
            let page = try await forger.post(form.path, form.fields.merging(fields) { $1 }, headers: headers)
            #expect(page.status == 403 && page.title == "This form is out of date", "\(form.path)")
            #expect(page.headers[.setCookie] == nil)
        }
        #expect(try await world.rows() == rows)
        #expect(world.fake.calls == calls)
    }

    // R76
    @Test func `no form with the token of another session`() async throws {
        try await PortalWorld.with { world in
            var attacker = world.browser()
            try await attacker.signIn()
            let stolen = try #require(attacker.token)
            var victim = world.browser()
            try await victim.signIn()
            let page = try await victim.post("/sign-out", ["token": stolen])
            #expect(page.status == 403)
            #expect(try await world.rows().count == 2)
        }
    }

    // R76
    @Test func `no form with a token from before the sign-in`() async throws {
        try await PortalWorld.with { world in
            var browser = world.browser()
            try await browser.get("/")
            let anonymous = try #require(browser.token)
            try await browser.enterPassword()
            let signingIn = try #require(browser.token)
            #expect(try await browser.post("/sign-in/factor", ["token": anonymous, "factor": "push"]).status == 403)
            try await browser.signIn()
            for old in [anonymous, signingIn] {
                #expect(try await browser.post("/sign-out", ["token": old]).status == 403)
            }
            #expect(try await browser.post("/sign-out").status == 303)
        }
    }

    // R76
    @Test func `no form without a cookie`() async throws {
        try await PortalWorld.with { world in
            var browser = world.browser()
            try await browser.get("/")
            browser.cookie = nil
            let page = try await browser.post("/sign-in", ["user": "alice", "password": FakeSDK.password])
            #expect(page.status == 403)
            #expect(!world.fake.calls.contains("POST /portal/sign-ins"))
        }
    }

    @Test(
        arguments: [
            (["Origin": ""], 303), (["Sec-Fetch-Site": ""], 303),
            (["Content-Type": "application/x-www-form-urlencoded; charset=UTF-8"], 303),
            (["Content-Type": "application/json"], 415), (["Content-Type": "application/xml"], 415),
            (["Content-Type": "application/x-www-form-urlencoded; charset=latin1"], 415),
        ] as [([String: String], Int)])
    func `one proof of origin suffices, one type of body is read`(headers: [String: String], status: Int) async throws {
        try await PortalWorld.with { world in
            var browser = world.browser()
            try await browser.enterPassword()
            let page = try await browser.post("/sign-in/factor", ["factor": "push"], headers: headers)
            #expect(page.status == status)
        }
    }

    @Test func `bodies have an end and a form`() async throws {
        try await PortalWorld.with { world in
            var browser = world.browser()
            try await browser.get("/")
            let long = try await browser.post(
                "/sign-in", ["user": String(repeating: "a", count: 4_096), "password": "x"])
            #expect(long.status == 413)
            let unknown = try await browser.post("/sign-in", ["user": "alice", "password": "x", "admin": "1"])
            #expect(unknown.status == 400)
            #expect(!world.fake.calls.contains("POST /portal/sign-ins"))
        }
    }

    // R76
    @Test(arguments: [
        "/", "/sign-in/factor", "/sign-in/passcode", "/sign-in/wait", "/factors", "/signed-out", "/nowhere",
        "/sign-in", "/sign-out", "/sign-in/cancellation", "/sign-in/wait?wait=25", "/?user=alice&password=x",
        "/recovery",
    ])
    func `looking changes nothing`(path: String) async throws {
        try await PortalWorld.with { world in
            var anonymous = world.browser()
            try await anonymous.get(path)
            #expect(try await world.rows().isEmpty)
            var signingIn = world.browser()
            try await signingIn.choosePush()
            var signedIn = world.browser()
            try await signedIn.signIn()
            let rows = try await world.rows()
            #expect(rows.count == 2)
            for browser in [anonymous, signingIn, signedIn] {
                var browser = browser
                let cookie = browser.cookie
                for method in [HTTPRequest.Method.get, .head] {
                    let page = try await browser.send(method, PortalWorld.base + path, headers: [:], body: nil)
                    #expect(page.status != 500)
                }
                if cookie != anonymous.cookie { #expect(browser.cookie == cookie) }
            }
            #expect(try await world.rows() == rows)
            let changes = world.fake.calls.filter { !$0.hasPrefix("GET ") }
            #expect(changes.count == 5)
        }
    }
}

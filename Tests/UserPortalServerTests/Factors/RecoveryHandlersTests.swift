// SPDX-License-Identifier: Apache-2.0
import MFAAPI
import Testing

/// A person's own recovery codes in the portal (R79).
@Suite struct RecoveryHandlersTests {
    @Test func `says how many are left, and makes new ones that are shown once`() async throws {
        try await PortalWorld.with { world in
            var browser = world.browser()
            #expect(try await browser.signIn().body.contains(#"href="/enroll/recovery""#))
            let none = try await browser.get("/recovery")
            #expect(none.status == 200 && none.title == "Recovery codes" && none.body.contains("You have none yet."))
            let made = try await browser.post("/recovery")
            #expect(made.status == 200 && made.title == "Your recovery codes")
            let codes = made.body.matches(of: /<li><code>([^<]+)<\/code><\/li>/).map { String($0.1) }
            #expect(codes == FakeSDK.recoveryCodes(1))
            for text in ["alice", "This is the only time they are shown.", "data-print hidden"] {
                #expect(made.body.contains(text), "\(text)")
            }
            let left = try await browser.get("/recovery")
            #expect(left.body.contains("Recovery codes left: <strong>10</strong>"))
            #expect(left.body.contains("all earlier ones stop working"))
            for page in [left, try await browser.get("/factors")] {
                #expect(!codes.contains { page.body.contains($0) })
            }
            let again = try await browser.post("/recovery")
            #expect(again.body.contains(FakeSDK.recoveryCodes(2)[0]) && !again.body.contains(codes[0]))
        }
    }

    // R75
    @Test func `a new set is a new session, and a page that is sent again makes none`() async throws {
        try await PortalWorld.with { world in
            var browser = world.browser()
            try await browser.signIn()
            try await browser.get("/recovery")
            let (cookie, token) = (browser.cookie, browser.token)
            try await browser.post("/recovery")
            #expect(browser.cookie != cookie)
            #expect(try await browser.get("/factors").status == 200)
            // Reload: the form as it was, with the cookie that there is now.
            #expect(try await browser.post("/recovery", ["token": token ?? ""]).status == 403)
            #expect(world.fake.recoverySets == 1)
            var old = world.browser()
            old.cookie = cookie
            #expect(try await old.get("/recovery").status == 401)
            let rows = try await world.rows().joined()
            #expect(!FakeSDK.recoveryCodes(1).contains { rows.contains($0) })
        }
    }

    @Test func `somebody who signed in long ago does so again first`() async throws {
        try await PortalWorld.with { world in
            var browser = world.browser()
            try await browser.signIn()
            try await browser.get("/recovery")
            world.fake.set { $0.recoveryRefusal = .stepUpRequired }
            let page = try await browser.post("/recovery")
            #expect(page.status == 401 && page.title == "Sign in")
            #expect(page.alert?.contains("no older than five minutes") == true)
            #expect(page.body.contains(#"value="alice""#))
            #expect(try await world.rows().isEmpty)
            #expect(world.fake.calls.last == "DELETE /portal/ticket")
        }
    }

    @Test func `whoever has as many factors as there may be is told so, and stays`() async throws {
        try await PortalWorld.with { world in
            var browser = world.browser()
            try await browser.signIn()
            try await browser.get("/recovery")
            world.fake.set { $0.recoveryRefusal = .conflict }
            let page = try await browser.post("/recovery")
            #expect(page.status == 409 && page.alert?.contains("Ask your administrator to remove one.") == true)
            #expect(try await browser.get("/factors").status == 200)
        }
    }

    @Test func `nobody without a session, or whose ticket is over, sees or makes any`() async throws {
        try await PortalWorld.with { world in
            var nobody = world.browser()
            #expect(try await nobody.get("/recovery").status == 401)
            #expect(try await nobody.post("/recovery").status == 401)
            var between = world.browser()
            try await between.choosePush()
            #expect(try await between.get("/recovery").status == 303)
            #expect(try await between.post("/recovery").status == 303)
            var browser = world.browser()
            try await browser.signIn()
            try await browser.get("/recovery")
            world.fake.endTickets()
            let page = try await browser.post("/recovery")
            #expect(page.status == 401 && page.alert == "Your session has ended. Please sign in again.")
            #expect(world.fake.recoverySets == 0)
        }
    }

    @Test func `without sdk-service the session stays`() async throws {
        try await PortalWorld.with { world in
            var browser = world.browser()
            try await browser.signIn()
            try await browser.get("/recovery")
            world.fake.set { $0.mode = .down }
            #expect(try await browser.get("/recovery").status == 503)
            #expect(try await browser.post("/recovery").status == 503)
            world.fake.set { $0.mode = .up }
            #expect(try await browser.get("/recovery").status == 200)
        }
    }
}

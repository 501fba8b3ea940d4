// SPDX-License-Identifier: Apache-2.0
import HTTPTypes
import Testing
import TestKit

/// The one true flow, as a person goes through it.
@Suite struct SignInFlowTests {
    @Test func `password, then a code, then the factors`() async throws {
        try await PortalWorld.with { world in
            var browser = world.browser()
            let first = try await browser.get("/")
            #expect(first.status == 200 && first.title == "Sign in")
            let second = try await browser.enterPassword()
            #expect(second.body.contains(#"name="factor" value="push""#))
            #expect(second.body.contains(#"name="factor" value="passcode""#))
            let third = try await browser.follow(browser.post("/sign-in/factor", ["factor": "passcode"]))
            #expect(third.body.contains(#"autocomplete="one-time-code""#))
            // Codes are shown in groups, and typed like that.
            let fourth = try await browser.post("/sign-in/passcode", ["passcode": " 123 456 "])
            #expect(fourth.status == 303 && fourth.location == "/enroll/factors")
            let factors = try await browser.follow(fourth)
            #expect(factors.status == 200 && factors.title == "What you sign in with")
            #expect(factors.body.contains("alice"))
        }
    }

    @Test func `a wrong code may be mended`() async throws {
        try await PortalWorld.with { world in
            var browser = world.browser()
            try await browser.enterPassword()
            try await browser.follow(browser.post("/sign-in/factor", ["factor": "passcode"]))
            let wrong = try await browser.post("/sign-in/passcode", ["passcode": "000000"])
            #expect(wrong.status == 401 && wrong.title == "Enter your code")
            #expect(wrong.alert == "That did not work. Check your name, password and code.")
            let right = try await browser.follow(browser.post("/sign-in/passcode", ["passcode": FakeSDK.passcode]))
            #expect(right.title == "What you sign in with")
        }
    }

    @Test func `three wrong codes end it`() async throws {
        try await PortalWorld.with { world in
            var browser = world.browser()
            try await browser.enterPassword()
            try await browser.follow(browser.post("/sign-in/factor", ["factor": "passcode"]))
            for _ in 0..<2 { try await browser.post("/sign-in/passcode", ["passcode": "000000"]) }
            let last = try await browser.post("/sign-in/passcode", ["passcode": "000000"])
            #expect(last.status == 401 && last.title == "Sign in")
            #expect(try await world.rows().isEmpty)
            let late = try await browser.post("/sign-in/passcode", ["passcode": FakeSDK.passcode])
            #expect(late.status == 401 && late.title == "Sign in")
        }
    }

    // R19
    @Test func `whatever is wrong with name or password reads the same`() async throws {
        try await PortalWorld.with { world in
            var bodies: Set<String> = []
            for (user, password) in [
                ("alice", "wrong"), ("nobody", FakeSDK.password), ("nobody", "wrong"), ("alice", ""), ("", ""),
            ] {
                var browser = world.browser()
                try await browser.get("/")
                let page = try await browser.post("/sign-in", ["user": user, "password": password])
                #expect(page.status == 401)
                #expect(page.alert == "That did not work. Check your name, password and code.")
                #expect(!page.body.contains(password) || password.isEmpty)
                let token = try #require(page.token)
                bodies.insert(
                    page.body.replacing(token, with: "token").replacing(#"value="\#(user)""#, with: "value")
                        .replacing(#" autofocus"#, with: ""))
            }
            #expect(bodies.count == 1)
            #expect(try await world.rows().isEmpty)
        }
    }

    @Test func `whoever has no factor yet is told so after the password, where the policy says it`() async throws {
        try await PortalWorld.with { world in
            for (password, part) in [
                (FakeSDK.password, "You have no second factor yet."), ("wrong", "That did not work."),
            ] {
                var browser = world.browser()
                try await browser.get("/")
                let page = try await browser.post("/sign-in", ["user": "newcomer", "password": password])
                #expect(page.status == 401 && page.title == "Sign in")
                #expect(page.alert?.hasPrefix(part) == true, "\(page.alert ?? "")")
            }
            #expect(try await world.rows().isEmpty)
        }
    }

    @Test func `typed names are shown as text`() async throws {
        try await PortalWorld.with { world in
            var browser = world.browser()
            try await browser.get("/")
            let page = try await browser.post(
                "/sign-in", ["user": #""><script>alert(1)</script>"#, "password": "x"])
            #expect(page.status == 401 && !page.body.contains("<script>alert"))
        }
    }

    @Test func `a factor that was not offered is refused`() async throws {
        try await PortalWorld.with { world in
            world.fake.set { $0.offered = ["passcode"] }
            var browser = world.browser()
            let choice = try await browser.enterPassword()
            #expect(!choice.body.contains(#"value="push""#))
            let page = try await browser.post("/sign-in/factor", ["factor": "push"])
            #expect(page.status == 400)
            #expect(!world.fake.calls.contains("POST /portal/sign-ins/{id}/factor"))
        }
    }

    @Test func `cancelling ends the sign-in on both sides`() async throws {
        try await PortalWorld.with { world in
            var browser = world.browser()
            try await browser.choosePush()
            let before = try #require(browser.cookie)
            let page = try await browser.post("/sign-in/cancellation")
            #expect(page.status == 303 && page.location == "/enroll/")
            #expect(world.fake.calls.last == "POST /sign-ins/{id}/cancellation")
            #expect(try await world.rows().isEmpty)
            #expect(browser.cookie != before)
        }
    }

    @Test func `starting over cancels the prompt left behind`() async throws {
        try await PortalWorld.with { world in
            var browser = world.browser()
            try await browser.choosePush()
            try await browser.enterPassword()
            #expect(world.fake.calls.contains("POST /sign-ins/{id}/cancellation"))
            #expect(try await world.rows().count == 1)
        }
    }

    @Test(arguments: [FakeSDK.Mode.down, .refusing])
    func `without sdk-service a page says so`(mode: FakeSDK.Mode) async throws {
        try await PortalWorld.with { world in
            var browser = world.browser()
            try await browser.get("/")
            world.fake.set { $0.mode = mode }
            let page = try await browser.post("/sign-in", ["user": "alice", "password": FakeSDK.password])
            #expect(page.status == 503 && page.title == "We cannot check that just now")
            #expect(page.headers[.retryAfter] != nil)
            #expect(page.headers[.contentType] == "text/html; charset=utf-8")
            #expect(try await world.rows().isEmpty)
        }
    }

    @Test func `pages of a step that was not reached lead to the start`() async throws {
        try await PortalWorld.with { world in
            var browser = world.browser()
            for path in ["/sign-in/factor", "/sign-in/passcode", "/sign-in/wait"] {
                let page = try await browser.get(path)
                #expect(page.status == 303 && page.location == "/enroll/")
            }
            try await browser.enterPassword()
            let early = try await browser.post("/sign-in/passcode", ["passcode": FakeSDK.passcode])
            #expect(early.status == 401)
            #expect(!world.fake.calls.contains("POST /sign-ins/{id}/answers"))
        }
    }
}

// SPDX-License-Identifier: Apache-2.0
import HTTPTypes
import ServiceRuntime
import Testing
import TestKit

/// Waiting for the phone, with and without script.
@Suite struct WaitTests {
    /// What the script sends.
    private static let watching = ["wait": "25"]

    @Test func `shows the number, and without script a button to ask again`() async throws {
        try await PortalWorld.with { world in
            var browser = world.browser()
            let page = try await browser.choosePush()
            #expect(page.body.contains(">\(FakeSDK.number)<"))
            let early = try await browser.post("/sign-in/wait")
            #expect(early.status == 200 && early.body.contains("Nothing from your phone yet."))
            #expect(early.body.contains(">\(FakeSDK.number)<"))
            world.fake.decide("approved")
            let done = try await browser.follow(browser.post("/sign-in/wait"))
            #expect(done.title == "What you sign in with")
        }
    }

    @Test func `looking at the page again asks nobody`() async throws {
        try await PortalWorld.with { world in
            var browser = world.browser()
            try await browser.choosePush()
            let calls = world.fake.calls
            #expect(try await browser.get("/sign-in/wait").body.contains(FakeSDK.number))
            #expect(world.fake.calls == calls)
        }
    }

    @Test func `a held request ends with the decision`() async throws {
        try await PortalWorld.with { world in
            var browser = world.browser()
            try await browser.choosePush()
            let held = browser
            async let answer = Self.watch(held)
            try await eventually("the request is held") { world.fake.waiting == 1 }
            world.fake.decide("approved")
            let news = try await answer
            #expect(news.status == 200 && news.body == #"{"state":"decided"}"#)
            // The background request moves nobody: the form's own submission does.
            #expect(news.headers[.setCookie] == nil)
            let done = try await browser.follow(browser.post("/sign-in/wait"))
            #expect(done.title == "What you sign in with")
        }
    }

    @Test func `a page reloaded while the phone answers loses nothing`() async throws {
        try await PortalWorld.with { world in
            var browser = world.browser()
            try await browser.choosePush()
            let held = browser
            async let lost = Self.watch(held)
            try await eventually("the request is held") { world.fake.waiting == 1 }
            try await browser.get("/sign-in/wait")
            world.fake.decide("approved")
            _ = try await lost
            let news = try await Self.watch(browser)
            #expect(news.body == #"{"state":"decided"}"#)
            #expect(try await browser.follow(browser.post("/sign-in/wait")).title == "What you sign in with")
        }
    }

    @Test(
        arguments: [
            ("denied", "deniedByUser", "The sign-in was declined on your phone."),
            ("denied", "fraudReported", "The sign-in was declined on your phone."),
            ("denied", "refused", "That did not work. Check your name, password and code."),
            ("denied", "locked", "That did not work. Check your name, password and code."),
            ("expired", "expired", "That took too long. Please sign in again."),
            ("cancelled", nil, "That did not work. Check your name, password and code."),
        ] as [(String, String?, String)])
    func `says how it ended, as much as it may`(state: String, reason: String?, text: String) async throws {
        try await PortalWorld.with { world in
            var browser = world.browser()
            try await browser.choosePush()
            world.fake.decide(state, reason: reason)
            let page = try await browser.post("/sign-in/wait")
            #expect(page.status == 401 && page.title == "Sign in" && page.alert == text)
            #expect(try await world.rows().isEmpty)
        }
    }

    @Test func `a prompt that waits already is told`() async throws {
        try await PortalWorld.with { world in
            world.fake.set { $0.isPromptPending = true }
            var browser = world.browser()
            try await browser.enterPassword()
            let page = try await browser.post("/sign-in/factor", ["factor": "push"])
            #expect(page.status == 401 && page.alert?.hasPrefix("Another request is still waiting") == true)
        }
    }

    @Test func `a service that stops lets everybody go at once`() async throws {
        try await PortalWorld.with { world in
            var browser = world.browser()
            try await browser.choosePush()
            let held = browser
            async let answer = Self.watch(held)
            try await eventually("the request is held") { world.fake.waiting == 1 }
            world.draining.begin()
            #expect(try await answer.body == #"{"state":"pending"}"#)
        }
    }

    @Test func `a background request without a sign-in reports that there is nothing to wait for`() async throws {
        try await PortalWorld.with { world in
            var browser = world.browser()
            try await browser.get("/")
            #expect(try await browser.post("/sign-in/wait", Self.watching).body == #"{"state":"decided"}"#)
            let page = try await browser.post("/sign-in/wait")
            #expect(page.status == 401 && page.title == "Sign in")
        }
    }

    private static func watch(_ browser: Browser) async throws -> Browser.Page {
        var browser = browser
        return try await browser.post("/sign-in/wait", watching)
    }
}

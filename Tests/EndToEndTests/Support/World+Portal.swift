// SPDX-License-Identifier: Apache-2.0
import Testing
import TestKit

extension World {
    /// The password of everybody who has one in a scenario.
    static let password = "correct horse battery"

    /// A browser without cookies that has the portal's address.
    func newBrowser() async throws -> Browser {
        let url = try await copies(of: .portal)[0].url()
        return Browser(web: web, base: "\(url)/enroll", origin: Self.portalOrigin)
    }

    func setPassword(of person: Person) async throws {
        let reply = try await call("PUT", "/users/\(person.name)/password", ["password": .string(Self.password)])
        try #require(reply.status < 300, "\(reply.text)")
    }

    /// The first step of a sign-in to the portal.
    func enterPassword(of person: Person, into browser: Browser) async throws -> Browser.Page {
        let choice = try await browser.submit(
            try await browser.open("/"), to: "/sign-in", ["user": person.name, "password": Self.password])
        try #require(choice.path == "/sign-in/factor", "\(choice.path) \(choice.status)")
        return choice
    }

    /// Both steps, with a passcode of now.
    func signIn(_ token: Token, with browser: Browser) async throws -> Browser.Page {
        let choice = try await enterPassword(of: token.person, into: browser)
        let page = try await browser.submit(choice, to: "/sign-in/factor", ["factor": "passcode"])
        #expect(page.path == "/sign-in/passcode")
        return try await browser.submit(page, to: "/sign-in/passcode", ["passcode": token.passcode(step: step)])
    }
}

extension Browser.Page {
    /// Whether the portal asks for a password here and shows nothing of anybody's.
    var isTurnedAway: Bool {
        (status == 401 || path == "/") && html.contains("name=\"password\"") && !html.contains("class=\"factor\"")
    }
}

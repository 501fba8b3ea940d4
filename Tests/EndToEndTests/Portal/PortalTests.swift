// SPDX-License-Identifier: Apache-2.0
import SimulatedPhone
import Testing
import TestKit

extension EndToEnd.Standing {
    /// The portal's real pages, as a browser meets them.
    @Suite struct Portal {
        private static let cookie = "__Host-countersign"

        let world: World

        init() throws { world = try World.current }

        @Test func `a person signs in with password and passcode and sees what they own`() async throws {
            let token = try await world.createUserWithToken("paula")
            try await world.setPassword(of: token.person)
            let browser = try await world.newBrowser()
            let factors = try await world.signIn(token, with: browser)
            #expect(factors.status == 200 && factors.path == "/factors")
            #expect(factors.html.contains("token"))
            let out = try await browser.submit(factors, to: "/sign-out")
            #expect(out.path == "/signed-out")
            #expect(try await browser.open("/factors").isTurnedAway)
        }

        @Test func `a person signs in with password and the number typed into the phone`() async throws {
            let (person, phone) = try await world.createUserWithPhone("paula")
            try await world.setPassword(of: person)
            let browser = try await world.newBrowser()
            let choice = try await world.enterPassword(of: person, into: browser)
            let wait = try await browser.submit(choice, to: "/sign-in/factor", ["factor": "push"])
            #expect(wait.path == "/sign-in/wait")
            let number = try #require(wait.text(ofElement: "number"))
            let challenge = try #require(try await phone.challenges().first)
            #expect(try await phone.answer(challenge, .approve(number: number)) == "approved")
            let factors = try await browser.submit(wait, to: "/sign-in/wait")
            #expect(factors.path == "/factors" && factors.status == 200)
        }

        // R75
        @Test func `the session's cookie is new after each step and dies with the session`() async throws {
            let token = try await world.createUserWithToken("paula")
            try await world.setPassword(of: token.person)
            let browser = try await world.newBrowser()
            let start = try await browser.open("/")
            let set = start.reply.headers.filter { $0.name.lowercased() == "set-cookie" }.map(\.value)
            for header in set {
                for attribute in ["Secure", "HttpOnly", "SameSite", "Path=/"] { #expect(header.contains(attribute)) }
                #expect(!header.contains("Domain"))
            }
            let before = browser.cookies[Self.cookie]
            let choice = try await world.enterPassword(of: token.person, into: browser)
            let between = try #require(browser.cookies[Self.cookie])
            #expect(between != before)
            let page = try await browser.submit(choice, to: "/sign-in/factor", ["factor": "passcode"])
            let factors = try await browser.submit(
                page, to: "/sign-in/passcode", ["passcode": token.passcode(step: world.step)])
            #expect(factors.path == "/factors")
            let after = try #require(browser.cookies[Self.cookie])
            #expect(after != between)
            for old in [before, between].compactMap({ $0 }) {
                let thief = try await world.newBrowser()
                thief.cookies = [Self.cookie: old]
                #expect(try await thief.open("/factors").isTurnedAway)
            }
            let rows = "select count(*) from portal.session s where position('\(after)' in s::text) > 0"
            #expect(try await world.number(rows) == 0)
            _ = try await browser.submit(factors, to: "/sign-out")
            let copied = try await world.newBrowser()
            copied.cookies = [Self.cookie: after]
            #expect(try await copied.open("/factors").isTurnedAway)
        }

        // R75
        @Test func `a session ends when its person may not sign in any more or their factors change`() async throws {
            for act in ["disable", "block", "factor", "password"] {
                let token = try await world.createUserWithToken("paula")
                try await world.setPassword(of: token.person)
                let browser = try await world.newBrowser()
                let user = "/users/\(token.person.name)"
                #expect(try await world.signIn(token, with: browser).path == "/factors")
                switch act {
                case "disable": _ = try await world.expect(200, "PATCH", user, ["enabled": false])
                case "block": _ = try await world.expect(200, "POST", "\(user)/block", ["reason": "test"])
                case "factor": #expect(try await world.call("DELETE", "\(user)/factors/\(token.factorID)").status < 300)
                default: try await world.setPassword(of: token.person)
                }
                let page = try await browser.open("/factors")
                #expect(page.isTurnedAway, "\(act): \(page.path) \(page.status)")
            }
        }

        // R76
        @Test func `a form that is not ours changes nothing`() async throws {
            let token = try await world.createUserWithToken("paula")
            try await world.setPassword(of: token.person)
            let browser = try await world.newBrowser()
            let start = try await browser.open("/")
            let csrf = try #require(start.hidden("token"))
            let stranger = try #require(try await world.newBrowser().open("/").hidden("token"))
            let fields = ["user": token.person.name, "password": World.password]
            let before = try await signIns()
            var replies: [(String, Reply)] = []
            replies.append(("no token", try await browser.post("/sign-in", fields)))
            replies.append(
                ("a stranger's token", try await browser.post("/sign-in", fields.merging(["token": stranger]) { $1 })))
            let whole = fields.merging(["token": csrf]) { $1 }
            replies.append(
                ("foreign origin", try await browser.post("/sign-in", whole, origin: "https://evil.example")))
            replies.append(("null origin", try await browser.post("/sign-in", whole, origin: "null")))
            replies.append(
                ("cross-site", try await browser.post("/sign-in", whole, headers: [("Sec-Fetch-Site", "cross-site")])))
            replies.append(("text/plain", try await browser.post("/sign-in", whole, type: "text/plain")))
            for (what, reply) in replies { #expect(reply.status == 403, "\(what): \(reply.status)") }
            #expect(try await signIns() == before)
            // The same form as it should be.
            #expect(try await browser.submit(start, to: "/sign-in", fields).path == "/sign-in/factor")
        }

        // R76
        @Test func `reading pages changes nothing but when one was last there`() async throws {
            let token = try await world.createUserWithToken("paula")
            try await world.setPassword(of: token.person)
            let signedIn = try await world.newBrowser()
            _ = try await world.signIn(token, with: signedIn)
            let signingIn = try await world.newBrowser()
            _ = try await world.enterPassword(of: token.person, into: signingIn)
            let (before, rows) = (try await signIns(), try await world.storage(of: token.person))
            let pages = ["/", "/sign-in/factor", "/sign-in/passcode", "/sign-in/wait", "/factors", "/signed-out"]
            for path in pages + ["/sign-in", "/sign-out", "/sign-in/cancellation", "/sign-in?user=a&password=b"] {
                for browser in [signedIn, signingIn, try await world.newBrowser()] {
                    #expect(try await browser.open(path).status < 500)
                }
            }
            #expect(try await signIns() == before)
            #expect(try await world.storage(of: token.person) == rows)
            #expect(try await signedIn.open("/factors").path == "/factors")
        }

        // R77's headers, R19 on the page.
        @Test func `pages carry their guards and tell strangers nothing`() async throws {
            let token = try await world.createUserWithToken("paula")
            try await world.setPassword(of: token.person)
            let bare = try await world.createUser("paula")
            try await world.setPassword(of: bare)
            var faces: Set<String> = []
            for name in [token.person.name, bare.name, "nobody-at-all"] {
                let browser = try await world.newBrowser()
                let start = try await browser.open("/")
                let page = try await browser.submit(
                    start, to: "/sign-in", ["user": name, "password": name == bare.name ? World.password : "wrong"])
                #expect(page.status == 401)
                faces.insert(page.html.replacing(name, with: "…").replacing(page.hidden("token") ?? "-", with: "…"))
            }
            #expect(faces.count == 1)
            let reply = try await world.newBrowser().open("/").reply
            let policy = reply.header("content-security-policy") ?? ""
            #expect(policy.contains("default-src 'none'") && policy.contains("frame-ancestors 'none'"))
            #expect(!policy.contains("unsafe-inline"))
            #expect(reply.header("cache-control") == "no-store")
            #expect(reply.header("x-content-type-options") == "nosniff")
            let missing = try await world.newBrowser().open("/nothing/here").reply
            #expect(missing.status == 404 && missing.header("content-security-policy") != nil)
        }

        private func signIns() async throws -> Int { try await world.number("select count(*) from core.sign_in") }
    }
}

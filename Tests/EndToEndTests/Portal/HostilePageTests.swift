// SPDX-License-Identifier: Apache-2.0
import SimulatedPhone
import Testing
import TestKit

extension EndToEnd.Standing {
    /// R77: texts that would be scripts, formulas or templates stay texts, in a real browser.
    @Suite struct HostilePages {
        let world: World

        init() throws { world = try World.current }

        private static let texts = [
            "<img src=x onerror=\"window.pwned=1;alert(1)\">", "\"><script>window.pwned=1;alert(2)</script>",
            "'><svg onload=window.pwned=1>", "{{7*7}}", "=cmd|' /C calc'!A0", "javascript:window.pwned=1",
            "</title><script>window.pwned=1</script>",
        ]

        // R77
        @Test func `a real browser runs nothing of it and shows all of it`() async throws {
            let name = "<img src=x onerror=window.pwned=1>\(Workshop.unique())"
            let user = try await world.expect(
                201, "POST", "/users", ["username": .string(name), "displayName": .string(Self.texts[1])])
            let person = Person(name: try #require(user["id"]?.text), id: try #require(user["id"]?.text))
            let token = try await world.importToken("totp", for: person)
            _ = try await world.expect(
                200, "PUT", "/users/\(person.id)/password", ["password": .string(World.password)])
            for text in Self.texts.prefix(6) {
                _ = try await world.expect(
                    201, "POST", "/users/\(person.id)/factors",
                    ["kind": "totp", "name": .string(String(text.prefix(64)))])
            }
            let phone = try await world.newPhone()
            try await phone.activate(
                link: try #require(try await world.createActivation(for: person)["activationURI"]?.text),
                deviceName: String(Self.texts[1].prefix(64)))
            let pages = try await walk(user: name, token: token)
            let control = try #require(pages.last)
            #expect(control["name"]?.text == "control" && control["ran"]?.boolean == true, "\(control)")
            #expect(control["elements"]?.integer == 1)
            for page in pages.dropLast() {
                let what = "\(page["name"]?.text ?? "") \(page["path"]?.text ?? "")"
                #expect(page["ran"]?.boolean == false, "\(what): a script ran")
                #expect(page["alert"] == .null, "\(what): a dialog opened")
                #expect(page["elements"]?.integer == 0, "\(what): a text became an element")
                #expect(page["violations"]?.items == [], "\(what): the policy had to stop something")
                let scripts = page["scripts"]?.items.compactMap(\.text) ?? []
                #expect(
                    scripts.allSatisfy { $0.hasPrefix("\(World.portalOrigin)/enroll/public/") }, "\(what): \(scripts)")
            }
            for (page, text) in zip(pages, Self.texts) { #expect(page["typed"]?.text == text, "\(page)") }
            let factors = try #require(pages.first { $0["name"]?.text == "factors" })
            let headings = factors["headings"]?.items.compactMap(\.text) ?? []
            for text in Self.texts.prefix(6) { #expect(headings.contains(text), "\(headings)") }
            #expect(factors["text"]?.text?.contains(Self.texts[1]) == true)
            #expect(factors["text"]?.text?.contains("49") != true || headings.contains("{{7*7}}"))
        }

        private func walk(user: String, token: Token) async throws -> [JSON] {
            let screenshots = "\(world.logFolder)/screenshots"
            try Workshop.write("", to: "\(screenshots)/.made")
            let plan: JSON = [
                "origin": .string(World.portalOrigin),
                "port": .number(Double(try await world.copies(of: .portal)[0].port())),
                "user": .string(user), "password": .string(World.password),
                "passcode": .string(token.passcode(step: world.step)), "agent": .string(Self.texts[0]),
                "typed": .array(Self.texts.map { .string($0) }),
                "paths": [
                    "/<script>window.pwned=1</script>", "/%3Cimg%20src=x%20onerror=window.pwned=1%3E", "/{{7*7}}",
                ],
                "screenshots": .string(screenshots),
            ]
            let end = try await ChildProcess.run(
                .init(
                    "/usr/bin/python3", [Workshop.path("Tests/Clients/portal_pages.py")],
                    environment: ["HOME": world.folder], input: String(decoding: plan.bytes, as: UTF8.self)),
                within: .seconds(180))
            guard end.status == 0, let answer = JSON(parsing: Array(end.output.utf8)) else {
                throw TestKitError("portal_pages.py: \(end.errors)\(end.output)")
            }
            return answer["pages"]?.items ?? []
        }

        // R77: on what is found, on what is not, on what is refused and on what cannot be read.
        @Test func `every answer carries its guards`() async throws {
            let browser = try await world.newBrowser()
            let start = try await browser.open("/")
            let asset = try #require(start.html.firstMatch(of: /href="\/enroll(\/public\/[^"]+\.css)"/)?.1)
            var replies: [(String, Reply)] = [("start", start.reply)]
            for path in ["/nothing", "/factors", "/%ff", "/public/x/y.js", "/..%2f..%2fetc/passwd", String(asset)] {
                replies.append((path, try await browser.request("GET", path)))
            }
            for method in ["PUT", "DELETE", "TRACE", "OPTIONS"] {
                replies.append((method, try await browser.request(method, "/")))
            }
            replies.append(("refused form", try await browser.post("/sign-in", ["user": "a"])))
            replies.append(("text", try await browser.post("/sign-in", ["user": "a"], type: "text/plain")))
            let large = ["user": String(repeating: "a", count: 1 << 18)]
            replies.append(("large form", try await browser.post("/sign-in", large)))
            for (what, reply) in replies {
                let policy = reply.header("content-security-policy") ?? ""
                for directive in [
                    "default-src 'none'", "frame-ancestors 'none'", "base-uri 'none'", "form-action 'self'",
                ] {
                    #expect(policy.contains(directive), "\(what) \(reply.status): \(policy)")
                }
                #expect(!policy.contains("unsafe"), "\(what)")
                #expect(reply.header("x-content-type-options") == "nosniff", "\(what)")
                #expect(["same-origin", "no-referrer"].contains(reply.header("referrer-policy") ?? ""), "\(what)")
                let age = reply.header("strict-transport-security")?.split(separator: "=").last.flatMap { Int($0) }
                #expect((age ?? 0) >= 31_536_000, "\(what)")
                let isAsset = what == String(asset)
                #expect(isAsset || reply.header("cache-control") == "no-store", "\(what)")
            }
        }
    }
}

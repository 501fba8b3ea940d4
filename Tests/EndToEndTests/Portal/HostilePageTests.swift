// SPDX-License-Identifier: Apache-2.0
import Foundation
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

        /// Would be an element, is as long as a text of its kind may be, and has no place to break a line at.
        private static func longest(_ length: Int, _ mark: String = "") -> String {
            "<img/src=\"x\"/onerror=\"window.pwned=1\">\(mark)".padding(toLength: length, withPad: "W", startingAt: 0)
        }

        private static let typed = texts + [longest(256)]
        /// As long as the form lets them be, and shorter.
        private static let typedPasscodes = ["<svg onload=a()>", "{{7*7}}"]
        private static let factorNames = Array(texts.prefix(6)) + [longest(64)]

        // R77
        @Test func `a real browser runs nothing of it and shows all of it`() async throws {
            let name = Self.longest(128, Workshop.unique())
            let (person, token, phone) = try await enrol(name)
            let pages = try await walk(user: name, token: token, phone: phone)
            let control = try #require(pages.last)
            #expect(control["name"]?.text == "control" && control["ran"]?.boolean == true, "\(control)")
            #expect(control["elements"]?.integer == 1)
            for page in pages.dropLast() { expectHarmless(page) }
            for (page, text) in zip(pages, Self.typed) { #expect(page["typed"]?.text == text, "\(page)") }
            try expectRefusals(pages, name)
            for kind in ["factors", "factors-narrow", "approved"] {
                let factors = try #require(pages.first { $0["name"]?.text == kind }, "\(kind)")
                let headings = factors["headings"]?.items.compactMap(\.text) ?? []
                for text in Self.factorNames { #expect(headings.contains(text), "\(kind): \(headings)") }
                #expect(factors["text"]?.text?.contains(Self.longest(64, "phone")) == true, "\(kind)")
                #expect(factors["text"]?.text?.contains("49") != true || headings.contains("{{7*7}}"))
                #expect(factors["who"]?.text?.hasSuffix(" " + name) == true, "\(kind)")
            }
            #expect(try await world.auditRows(of: person, event: "push.denied") == 1)
            #expect(try await world.auditRows(of: person, event: "push.approved") == 1)
        }

        /// Somebody whose names are all hostile, each kind as long as it may be.
        private func enrol(_ name: String) async throws -> (Person, Token, SimulatedPhone) {
            let user = try await world.expect(
                201, "POST", "/users", ["username": .string(name), "displayName": .string(Self.longest(128))])
            let person = Person(name: try #require(user["id"]?.text), id: try #require(user["id"]?.text))
            // Counted, because nobody knows how long a browser takes.
            let token = try await world.importToken("hotp", for: person)
            _ = try await world.expect(
                200, "PUT", "/users/\(person.id)/password", ["password": .string(World.password)])
            for text in Self.factorNames {
                _ = try await world.expect(
                    201, "POST", "/users/\(person.id)/factors", ["kind": "totp", "name": .string(text)])
            }
            let phone = try await world.newPhone()
            try await phone.activate(
                link: try #require(try await world.createActivation(for: person)["activationURI"]?.text),
                deviceName: Self.longest(64, "phone"))
            return (person, token, phone)
        }

        private func expectHarmless(_ page: JSON) {
            let what = "\(page["name"]?.text ?? "") \(page["path"]?.text ?? "")"
            #expect(page["ran"]?.boolean == false, "\(what): a script ran")
            #expect(page["alert"] == .null, "\(what): a dialog opened")
            #expect(page["elements"]?.integer == 0, "\(what): a text became an element")
            #expect(page["violations"]?.items == [], "\(what): the policy had to stop something")
            #expect(page["wider"]?.integer == 0, "\(what): a text makes the page wider than its window")
            let scripts = page["scripts"]?.items.compactMap(\.text) ?? []
            #expect(!scripts.isEmpty, "\(what)")
            #expect(
                scripts.allSatisfy { $0.hasPrefix("\(World.portalOrigin)/enroll/public/") }, "\(what): \(scripts)")
        }

        /// The pages on the way in, and what they say where it goes no further.
        private func expectRefusals(_ pages: [JSON], _ name: String) throws {
            let kinds = Dictionary(grouping: pages) { $0["name"]?.text ?? "" }
            #expect(kinds["refused"]?.count == Self.typed.count)
            for (kind, count) in ["choice": 1, "choice-narrow": 2, "passcode": 1, "refused-passcode": 2] {
                let found = try #require(kinds[kind], "\(kind)")
                #expect(found.count == count, "\(kind)")
                for page in found { #expect(page["text"]?.text?.contains(name) == true, "\(kind): \(page)") }
            }
            for kind in ["refused", "refused-passcode", "forged", "denied"] {
                for page in kinds[kind] ?? [] { #expect(page["alerts"]?.items.count == 1, "\(kind): \(page)") }
            }
            #expect(kinds["forged"]?.count == 1 && kinds["forged"]?.first?["typed"] == .null)
            #expect(try #require(kinds["denied"]?.first)["typed"]?.text == name)
            for kind in ["wait", "wait-again", "wait-query"] {
                let found = try #require(kinds[kind], "\(kind)")
                #expect(found.count == 2, "\(kind)")
                for page in found { #expect(page["path"]?.text?.hasPrefix("/enroll/sign-in/wait") == true, "\(page)") }
            }
        }

        private func walk(user: String, token: Token, phone: SimulatedPhone) async throws -> [JSON] {
            let screenshots = "\(world.logFolder)/screenshots"
            try Workshop.write("", to: "\(screenshots)/.made")
            let plan: JSON = [
                "origin": .string(World.portalOrigin),
                "port": .number(Double(try await world.copies(of: .portal)[0].port())),
                "user": .string(user), "password": .string(World.password),
                "passcode": .string(token.passcode(counter: 0)), "agent": .string(Self.texts[0]),
                "typed": .array(Self.typed.map { .string($0) }),
                "typedPasscodes": .array(Self.typedPasscodes.map { .string($0) }),
                "paths": [
                    "/<script>window.pwned=1</script>", "/%3Cimg%20src=x%20onerror=window.pwned=1%3E", "/{{7*7}}",
                ],
                "screenshots": .string(screenshots),
            ]
            let walk = try ChildProcess(
                .init(
                    "/usr/bin/python3", [Workshop.path("Tests/Clients/portal_pages.py")],
                    environment: ["HOME": world.folder], input: String(decoding: plan.bytes, as: UTF8.self)))
            do {
                try await answer(on: phone, while: walk)
                let status = try await walk.end(within: Self.patience)
                let told = await walk.output.whole()
                guard status == 0, let last = told.split(separator: "\n").last,
                    let pages = JSON(parsing: Array(last.utf8))
                else { throw TestKitError("portal_pages.py: \(await walk.errors.whole())\(told)") }
                return pages["pages"]?.items ?? []
            } catch {
                walk.signal(SIGKILL)
                throw error
            }
        }

        /// For what browser and services do between two lines of the walk.
        private static let patience = Duration.seconds(240)

        /// The person's part while the browser shows the page that waits: denies once, then types the number it shows.
        private func answer(on phone: SimulatedPhone, while walk: ChildProcess) async throws {
            var place = 0
            for isApproved in [false, true] {
                let line = await walk.output.line(since: place, within: Self.patience) { $0.hasPrefix("waiting ") }
                guard let line else { throw TestKitError("portal_pages.py: \(await walk.errors.whole())") }
                place += 1
                let challenge = try #require(try await phone.waitForChallenge(within: .seconds(30)))
                let number = String(line.dropFirst("waiting ".count))
                let state = try await phone.answer(challenge, isApproved ? .approve(number: number) : .deny)
                #expect(state == (isApproved ? "approved" : "denied"))
            }
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

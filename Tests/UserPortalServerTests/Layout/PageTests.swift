// SPDX-License-Identifier: Apache-2.0
import Foundation
import HTTPTypes
import MFAAPI
import Pages
import Primitives
import Testing
import UserPortalServer

/// Every template in every language, and what holds for all pages.
@Suite struct PageTests {
    private let resources: PortalResources

    init() throws {
        resources = try PortalResources(directory: PortalWorld.resources)
    }

    /// Every page with everything it can show.
    private func pages(language: String) throws -> [String: String] {
        let templates = resources.templates
        let frame = PageFrame(base: "/enroll", files: resources.files, token: "t0ken", name: "alice")
        let factor = FactorResponse(
            id: "1", kind: "totp", name: "App", state: "active", createdAt: Instant(seconds: 0),
            lastUsedAt: Instant(seconds: 1), imported: false)
        func render(_ model: some PageModel) throws -> String { try templates.render(model, language: language) }
        return [
            SignInPage.template: try render(SignInPage(page: frame, alert: "Alert", user: "alice")),
            ChoicePage.template: try render(ChoicePage(page: frame, user: "alice", factors: ["push", "passcode"])),
            PasscodePage.template: try render(PasscodePage(page: frame, user: "alice", alert: "Alert")),
            WaitPage.template: try render(
                WaitPage(page: frame, user: "alice", number: "42", note: "Note", waitSeconds: 25)),
            SignedOutPage.template: try render(SignedOutPage(page: frame)),
            FactorsPage.template: try render(
                FactorsPage(page: frame, factors: [factor], language: language) {
                    templates.strings.text($0, in: language)
                }),
            RecoveryPage.template: try render(RecoveryPage(page: frame, left: "7", alert: "Alert")),
            RecoveryCodesPage.template: try render(
                RecoveryCodesPage(
                    page: frame, codes: ["48205-93711-60284-11937"],
                    made: FactorsPage.Moment(Instant(seconds: 1), language: language))),
            ErrorPage.template: try render(
                ErrorPage(page: frame, title: "Title", explanation: "Text", requestID: "r")),
        ]
    }

    @Test(arguments: ["en", "de"])
    func `renders every template`(language: String) throws {
        let pages = try pages(language: language)
        let parts: Set<String> = ["frame", "sign-in/cancel"]
        #expect(Set(pages.keys).union(parts) == Set(resources.templates.names))
        #expect(Set(pages.keys) == Set(PageModels.templates))
        for (name, page) in pages {
            #expect(page.contains(#"<html lang="\#(language)">"#), "\(name)")
            #expect(!page.contains("{{") && !page.contains("}}"), "\(name)")
            #expect(page.contains("<h1>") && page.contains("</html>"), "\(name)")
        }
    }

    /// R77's policy allows nothing inline; a page that needs it would be broken without a word.
    @Test func `no page has inline script or style`() throws {
        for (name, page) in try pages(language: "en") {
            #expect(!page.contains("style=") && !page.contains("<style"), "\(name)")
            #expect(page.firstMatch(of: /<script(?![^>]*src=)/) == nil, "\(name)")
            #expect(page.firstMatch(of: /\son[a-z]+=/) == nil, "\(name)")
            #expect(page.firstMatch(of: /(?:src|href|action)="(?!\/enroll|#)/) == nil, "\(name)")
        }
    }

    // R76
    @Test func `every form posts, with a token`() throws {
        for (name, page) in try pages(language: "en") {
            for form in page.matches(of: /<form([^>]*)>([\s\S]*?)<\/form>/) {
                #expect(form.1.contains(#"method="post""#), "\(name)")
                #expect(form.2.contains(#"<input type="hidden" name="token" value="t0ken">"#), "\(name)")
            }
        }
    }

    @Test func `every field has a label, every picture a text`() throws {
        for (name, page) in try pages(language: "en") {
            for input in page.matches(of: /<input id="([^"]+)"/) {
                #expect(page.contains(#"<label for="\#(input.1)""#), "\(name)")
            }
            for picture in page.matches(of: /<img[^>]*>/) { #expect(picture.0.contains("alt="), "\(name)") }
        }
    }

    @Test func `every language has every text`() throws {
        let folder = PortalWorld.resources + "/strings"
        func keys(_ language: String) throws -> Set<String> {
            let data = try Data(contentsOf: URL(fileURLWithPath: "\(folder)/\(language).json"))
            return Set(try JSONDecoder().decode([String: String].self, from: data).keys)
        }
        let english = try keys("en")
        #expect(resources.templates.strings.languages == ["de", "en"])
        #expect(try keys("de") == english)
        for refusal in SignInRefusal.allCases { #expect(english.contains(refusal.text)) }
        for status in [400, 403, 404, 405, 413, 415, 429, 500, 503] {
            #expect(english.contains("error\(status)Title") && english.contains("error\(status)Text"))
        }
    }

    @Test func `errors are pages`() async throws {
        try await PortalWorld.with { world in
            var browser = world.browser()
            let page = try await browser.get("/nowhere", headers: ["Accept-Language": "de"])
            #expect(page.status == 404 && page.title == "Diese Seite gibt es nicht")
            #expect(page.headers[.contentType] == "text/html; charset=utf-8")
            let outside = try await browser.send(.get, "/elsewhere", headers: [:], body: nil)
            #expect(outside.status == 404 && outside.body.contains(#"href="/enroll/""#))
        }
    }

    // R77 (the part that R76 rests on)
    @Test func `every page carries the strict headers`() async throws {
        try await PortalWorld.with { world in
            var browser = world.browser()
            for path in ["/", "/nowhere", "/factors", "/recovery", "/signed-out"] {
                let page = try await browser.get(path)
                let policy = try #require(page.headers[.contentSecurityPolicy])
                for part in ["default-src 'none'", "script-src 'self'", "style-src 'self'", "frame-ancestors 'none'"] {
                    #expect(policy.contains(part))
                }
                #expect(!policy.contains("unsafe"))
                #expect(page.headers[.cacheControl] == "no-store")
                #expect(page.headers[.xContentTypeOptions] == "nosniff")
                #expect(page.headers[.strictTransportSecurity] != nil)
                // Stricter, and browsers would send `Origin: null` with every form.
                #expect(page.headers[HTTPField.Name("Referrer-Policy") ?? .referer] == "same-origin")
            }
        }
    }
}

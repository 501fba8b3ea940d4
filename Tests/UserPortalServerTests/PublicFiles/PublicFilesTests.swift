// SPDX-License-Identifier: Apache-2.0
import HTTPTypes
import Testing
import UserPortalServer

@Suite struct PublicFilesTests {
    private let files: PublicFiles

    init() throws {
        files = try PublicFiles(directory: PortalWorld.resources + "/public")
    }

    @Test func `an address names its content and may be kept for good`() async throws {
        let files = files
        try await PortalWorld.with { world in
            var browser = world.browser()
            for (name, type) in [
                ("portal.css", "text/css; charset=utf-8"), ("portal.js", "text/javascript; charset=utf-8"),
                ("logo.svg", "image/svg+xml"),
            ] {
                let page = try await browser.get(files.path(of: name))
                #expect(page.status == 200 && page.headers[.contentType] == type)
                #expect(page.headers[.cacheControl] == "public, max-age=31536000, immutable")
                #expect(page.headers[.setCookie] == nil)
                #expect(page.headers[.xContentTypeOptions] == "nosniff")
            }
        }
    }

    @Test func `an address of another release is served but not kept`() async throws {
        try await PortalWorld.with { world in
            var browser = world.browser()
            let page = try await browser.get("/public/0123456789abcdef/portal.css")
            #expect(page.status == 200 && page.headers[.cacheControl] == "no-cache")
        }
    }

    @Test(arguments: ["en.json", "..%2fstrings%2fen.json", "%2e%2e", "portal.css.map", ".hidden"])
    func `nothing else is served`(name: String) async throws {
        try await PortalWorld.with { world async throws in
            var browser = world.browser()
            let page = try await browser.get("/public/0/\(name)")
            #expect(page.status == 404)
        }
    }

    @Test func `a missing file is named at start`() {
        let fault = #expect(throws: ResourceFault.self) { try PublicFiles(directory: "/nowhere/at/all") }
        #expect(fault?.description.contains("portal.css") == true)
        #expect(fault?.description.contains("/nowhere/at/all") == true)
    }
}

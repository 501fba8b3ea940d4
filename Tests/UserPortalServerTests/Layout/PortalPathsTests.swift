// SPDX-License-Identifier: Apache-2.0
import HTTPTypes
import Testing
import UserPortalServer

@Suite struct PortalPathsTests {
    @Test(
        arguments: [
            ("/enroll", "/enroll"), ("/enroll/", "/enroll"), ("/ENROLL/factors", "/enroll"), ("/enroll?x=1", "/enroll"),
            ("/enroll/mfa/x", "/enroll/mfa"), ("/enrollment", "/enroll/mfa"), ("//evil.example/enroll", "/enroll/mfa"),
            (nil, "/enroll/mfa"),
        ] as [(String?, String)])
    func `links continue the configured prefix and nothing else`(target: String?, base: String) {
        #expect(PortalPaths(prefixes: ["/enroll", "/enroll/mfa/"]).base(of: target) == base)
    }

    @Test func `a prefix may be empty`() {
        #expect(PortalPaths(prefixes: ["/"]).base(of: "/factors") == "")
    }

    @Test func `every prefix serves the portal, in any case`() async throws {
        try await PortalWorld.with(prefixes: ["/enroll", "/Second"]) { world in
            var browser = world.browser()
            for target in ["/enroll", "/enroll/", "/EnRoll/", "/second/"] {
                let page = try await browser.send(.get, target, headers: [:], body: nil)
                #expect(page.status == 200 && page.title == "Sign in")
            }
            let second = try await browser.send(.get, "/SECOND/", headers: [:], body: nil)
            #expect(second.body.contains(#"action="/Second/sign-in""#))
        }
    }
}

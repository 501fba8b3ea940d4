// SPDX-License-Identifier: Apache-2.0
import HTTPKit
import HTTPTypes
import Hummingbird
import HummingbirdTesting
import Testing

// R76, R73 (headers)
@Suite struct SecurityProfileTests {
    private func router(_ profile: SecurityProfile) -> Router<ServiceRequestContext> {
        edgeRouter(profile: profile) { router in
            router.get("page") { _, _ in Response(status: .ok, headers: [.contentType: "text/html; charset=utf-8"]) }
            router.get("style") { _, _ in Response(status: .ok, headers: [.contentType: "text/css"]) }
            router.get("own") { _, _ in Response(status: .ok, headers: [.cacheControl: "max-age=60"]) }
        }
    }

    @Test(arguments: ["/page", "/nowhere"])
    func `programs get nosniff, HSTS for a year and nothing to store`(path: String) async throws {
        let headers = try await exchange(router(.api), path).headers
        #expect(headers[.strictTransportSecurity] == "max-age=31536000")
        #expect(headers[.xContentTypeOptions] == "nosniff")
        #expect(headers[.cacheControl] == "no-store")
        #expect(headers[.contentSecurityPolicy] == nil)
    }

    @Test(arguments: ["/page", "/nowhere"])
    func `pages allow nothing inline, no frames and no referrer to other sites`(path: String) async throws {
        let headers = try await exchange(router(.pages), path).headers
        let policy = try #require(headers[.contentSecurityPolicy])
        #expect(policy.hasPrefix("default-src 'none'; "))
        #expect(policy.contains("frame-ancestors 'none'"))
        #expect(policy.contains("form-action 'self'"))
        #expect(policy.contains("base-uri 'none'"))
        #expect(!policy.contains("unsafe"))
        #expect(!policy.contains("*"))
        #expect(headers[.fixed("Referrer-Policy")] == "same-origin")
        #expect(headers[.fixed("Cross-Origin-Opener-Policy")] == "same-origin")
        #expect(headers[.fixed("Permissions-Policy")]?.contains("geolocation=()") == true)
        #expect(headers[.cacheControl] == "no-store")
    }

    @Test func `style sheets may be kept and a handler's own word stands`() async throws {
        #expect(try await exchange(router(.pages), "/style").headers[.cacheControl] == nil)
        #expect(try await exchange(router(.pages), "/own").headers[.cacheControl] == "max-age=60")
    }
}

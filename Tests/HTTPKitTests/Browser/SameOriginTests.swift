// SPDX-License-Identifier: Apache-2.0
import HTTPKit
import HTTPTypes
import Hummingbird
import Primitives
import Testing

// R76: a change of state needs a same-origin proof.
@Suite struct SameOriginTests {
    private func passes(_ method: HTTPRequest.Method = .post, origin: String?, site: String?) -> Bool {
        var headers = HTTPFields()
        headers[.origin] = origin
        headers[.fixed("Sec-Fetch-Site")] = site
        let request = Request(
            head: HTTPRequest(method: method, scheme: nil, authority: nil, path: "/", headerFields: headers),
            body: RequestBody(buffer: .init()))
        do throws(Problem) {
            try SameOrigin.verify(request, allowedOrigins: ["https://mfa.example.org"])
            return true
        } catch {
            #expect(error.code.rawValue == "forbidden")
            return false
        }
    }

    @Test func `accepts our own pages`() {
        #expect(passes(origin: "https://mfa.example.org", site: "same-origin"))
        #expect(passes(origin: "https://mfa.example.org", site: nil))
        #expect(passes(origin: nil, site: "same-origin"))
    }

    @Test(arguments: [
        "https://evil.example", "null", "", "http://mfa.example.org", "https://mfa.example.org:8443",
        "https://mfa.example.org.evil.example", "https://mfa.example.org/", "HTTPS://MFA.EXAMPLE.ORG",
        "https://mfa.example.org, https://evil.example",
    ])
    func `refuses foreign origins whatever else is said`(origin: String) {
        #expect(!passes(origin: origin, site: nil))
        #expect(!passes(origin: origin, site: "same-origin"))
    }

    @Test(arguments: ["cross-site", "same-site", "none", "", "Same-Origin"])
    func `refuses requests that the browser calls foreign`(site: String) {
        #expect(!passes(origin: nil, site: site))
        #expect(!passes(origin: "https://mfa.example.org", site: site))
    }

    @Test func `refuses a request that proves nothing, except one that changes nothing`() {
        for method in [HTTPRequest.Method.post, .put, .patch, .delete] {
            #expect(!passes(method, origin: nil, site: nil))
        }
        #expect(passes(.get, origin: nil, site: nil))
        #expect(passes(.head, origin: nil, site: "cross-site"))
    }
}

// SPDX-License-Identifier: Apache-2.0
import HTTPKit
import HTTPTypes
import Hummingbird
import HummingbirdTesting
import Primitives
import Testing

// R73: methods limited, TRACE off.
@Suite struct MethodLimitTests {
    private let router = edgeRouter { router in
        router.get("thing") { _, _ in "here" }
        router.post("action") { _, _ in "done" }
    }

    @Test(arguments: ["TRACE", "CONNECT", "OPTIONS", "TRACK", "PROPFIND", "get"])
    func `refuses methods that no route has`(name: String) async throws {
        let method = try #require(HTTPRequest.Method(rawValue: name))
        let response = try await exchange(router, "/thing", method)
        #expect(response.status == .methodNotAllowed)
        #expect(response.headers[.allow]?.contains("TRACE") == false)
        #expect(try ProblemBody(response).code == "method_not_allowed")
    }

    @Test func `serves HEAD where GET is and nowhere else`() async throws {
        let head = try await exchange(router, "/thing", .head)
        #expect(head.status == .ok)
        #expect(head.body.readableBytes == 0)
        #expect(try await exchange(router, "/action", .head).status == .notFound)
    }
}

// SPDX-License-Identifier: Apache-2.0
import HTTPKit
import HTTPTypes
import Hummingbird
import HummingbirdTesting
import Testing

@Suite struct PathPrefixesTests {
    /// Answers with what it was asked for: the target it sees, a line, and the target as sent.
    private func responder(_ prefixes: [String]) -> PathPrefixes<ServiceRequestContext> {
        let router = edgeRouter { router in
            router.get("**") { request, context in
                "\(request.head.path ?? "-")\n\(context.peer.originalTarget ?? "-")"
            }
        }
        return PathPrefixes(prefixes, around: router)
    }

    private func answer(
        _ target: String, from responder: PathPrefixes<ServiceRequestContext>
    ) async throws -> TestResponse {
        try await Application(responder: responder, logger: silence).test(.router) { client in
            try await client.execute(uri: target, method: .get)
        }
    }

    private func seen(_ target: String, below prefixes: [String]) async throws -> [String]? {
        let response = try await answer(target, from: responder(prefixes))
        guard response.status == .ok else {
            #expect(response.status == .notFound)
            #expect(try ProblemBody(response).code == "not_found")
            #expect(response.headers[.xContentTypeOptions] == "nosniff")
            return nil
        }
        return String(buffer: response.body).split(separator: "\n").map(String.init)
    }

    @Test(arguments: [
        ("/PA/api/v1/nonces", "/api/v1/nonces"), ("/pa/api/v1/nonces", "/api/v1/nonces"),
        ("/Pa/Api/V1", "/Api/V1"), ("/PA/a%2Fb/%c3%a4?q=%20&Q=/PA", "/a%2Fb/%c3%a4?q=%20&Q=/PA"),
        ("/PA//x/../y", "//x/../y"), ("/PA/PA/x", "/PA/x"),
        ("/multifactorauthMOBILEappwebservice/x", "/x"),
    ])
    func `takes the prefix off and leaves the rest byte for byte`(target: String, rest: String) async throws {
        let lines = try await seen(target, below: ["/PA", "/MultiFactorAuthMobileAppWebService"])
        #expect(lines == [rest, target])
    }

    @Test(arguments: ["/PAX/y", "/P", "/api/v1", "/%50A/x", "/x/PA/y", "//PA/x", "/PA%2Fx"])
    func `serves nothing else`(target: String) async throws {
        #expect(try await seen(target, below: ["/PA"]) == nil)
    }

    @Test func `the longest prefix wins`() async throws {
        #expect(try await seen("/pa/v2/x", below: ["/pa", "/pa/v2"])?.first == "/x")
        #expect(try await seen("/pa/v22/x", below: ["/pa", "/pa/v2"])?.first == "/v22/x")
    }

    @Test(arguments: ["PA", "/PA/", "pa/"])
    func `a prefix may be written with or without slashes`(prefix: String) async throws {
        #expect(try await seen("/PA/x", below: [prefix])?.first == "/x")
    }

    @Test(arguments: ["", "/"])
    func `an empty prefix fits every path`(prefix: String) async throws {
        #expect(try await seen("/x?y", below: [prefix])?.first == "/x?y")
    }

    @Test func `the bare prefix is the root`() async throws {
        let router = edgeRouter { $0.get("/") { request, _ in request.head.path ?? "-" } }
        let responder = PathPrefixes(["/enroll"], around: router)
        #expect(try await String(buffer: answer("/Enroll", from: responder).body) == "/")
        #expect(try await String(buffer: answer("/enroll?a", from: responder).body) == "/?a")
    }
}

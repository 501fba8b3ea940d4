// SPDX-License-Identifier: Apache-2.0
import HTTPKit
import HTTPTypes
import Hummingbird
import HummingbirdTesting
import Testing

/// What the edge makes of a promise; sdk-service is who keeps them.
struct HeldResponseTests {
    /// Keeps what a router promises, outside of it.
    private struct Keeper: HTTPResponder {
        let router: RouterResponder<ServiceRequestContext>

        func respond(to request: Request, context: ServiceRequestContext) async throws -> Response {
            do {
                return try await router.respond(to: request, context: context)
            } catch let held as HeldResponse {
                var response = try await held.later()
                response.headers[.server] = "keeper"
                return response
            }
        }
    }

    private func kept(
        _ method: HTTPRequest.Method = .get, _ later: @escaping @Sendable () async throws -> Response
    ) async throws -> TestResponse {
        let router = edgeRouter { $0.get("held") { _, _ -> Response in throw HeldResponse(later) } }
        let keeper = Keeper(router: router.buildResponder())
        let response = try await Application(responder: keeper, logger: silence).test(.router) { client in
            try await client.execute(uri: "/held", method: method, headers: [.requestID: "a-1"])
        }
        #expect(response.headers[.server] == "keeper")
        return response
    }

    @Test func `is finished as every response is, once it is there`() async throws {
        let response = try await kept { Response(status: .accepted) }
        #expect(response.status == .accepted)
        #expect(response.headers[.requestID] == "a-1")
        #expect(response.headers[.xContentTypeOptions] == "nosniff")
    }

    @Test func `what fails later is told as a problem`() async throws {
        let response = try await kept { throw Problem(TestCode.resting) }
        #expect(response.status.code == 503)
        #expect(try ProblemBody(response).code == "resting")
        #expect(response.headers[.requestID] == "a-1")
        #expect(response.headers[.retryAfter] == "1")
    }

    @Test func `a HEAD is answered without a body, later too`() async throws {
        let response = try await kept(.head) { throw Problem(TestCode.resting) }
        #expect(response.status.code == 503)
        #expect(response.body.readableBytes == 0)
    }
}

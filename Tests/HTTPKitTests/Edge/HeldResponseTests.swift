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
                return try await response(to: held)
            }
        }
        private func response(to held: HeldResponse) async throws -> Response {
            await held.wait()
            do {
                var response = try await held.response()
                response.headers[.server] = "keeper"
                return response
            } catch let more as HeldResponse {
                return try await self.response(to: more)
            }
        }
    }

    /// Waits for nothing.
    private struct Hold: ResponseHold {
        let later: @Sendable () async throws -> Response

        func whenOver(_ wake: @escaping @Sendable () -> Void) { wake() }
        func giveUp() {}
        func response() async throws -> Response { try await later() }
    }

    private func kept(
        _ method: HTTPRequest.Method = .get, _ later: @escaping @Sendable () async throws -> Response
    ) async throws -> TestResponse {
        let router = edgeRouter { $0.get("held") { _, _ -> Response in throw HeldResponse(Hold(later: later)) } }
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

    @Test func `a promise that promises again is finished once`() async throws {
        let response = try await kept { throw HeldResponse(Hold { Response(status: .accepted) }) }
        #expect(response.status == .accepted)
        #expect(response.headers[values: .requestID] == ["a-1"])
        #expect(response.headers[.xContentTypeOptions] == "nosniff")
    }

    @Test func `a HEAD is answered without a body, later too`() async throws {
        let response = try await kept(.head) { throw Problem(TestCode.resting) }
        #expect(response.status.code == 503)
        #expect(response.body.readableBytes == 0)
    }
}

// SPDX-License-Identifier: Apache-2.0
import HTTPKit
import HTTPTypes
import Hummingbird
import HummingbirdTesting
import Primitives
import Testing

@Suite struct ProblemTests {
    private struct Leak: Error { let secret = "hunter2" }

    private struct RoomError: ProblemConvertible {
        var problem: Problem { Problem(TestCode.teapot, detail: "told") }
    }

    private func answer(_ error: any Error, method: HTTPRequest.Method = .get) async throws -> TestResponse {
        let router = edgeRouter { $0.get("x") { _, _ -> Response in throw error } }
        return try await exchange(router, "/x", method, headers: [.requestID: "call-1"])
    }

    @Test func `tells a problem as RFC 9457 problem details`() async throws {
        let response = try await answer(Problem(TestCode.teapot, detail: "no coffee", reason: "internal words"))
        #expect(response.status.code == 418)
        #expect(response.headers[.contentType] == "application/problem+json")
        #expect(response.headers[.cacheControl] == "no-store")
        let body = try ProblemBody(response)
        #expect(body.type == "urn:countersign:problem:teapot")
        #expect(body.code == "teapot")
        #expect(body.status == 418)
        #expect(body.title == "A test.")
        #expect(body.detail == "no coffee")
        #expect(body.requestId == "call-1")
        #expect(!String(buffer: response.body).contains("internal words"))
    }

    @Test func `says when to try again`() async throws {
        let waiting = try await answer(Problem(TestCode.teapot, retryAfterSeconds: 7))
        #expect(waiting.headers[.retryAfter] == "7")
        let unavailable = try await answer(Problem(TestCode.resting))
        #expect(unavailable.headers[.retryAfter] == "1")
        let other = try await answer(Problem(TestCode.teapot))
        #expect(other.headers[.retryAfter] == nil)
    }

    @Test func `invites credentials only when asked to`() async throws {
        let plain = try await answer(Problem(EdgeCode.unauthenticated))
        #expect(plain.status == .unauthorized)
        #expect(plain.headers[.wwwAuthenticate] == nil)
        let inviting = try await answer(Problem(EdgeCode.unauthenticated, asksForCredentials: true))
        #expect(inviting.headers[.wwwAuthenticate]?.hasPrefix("Basic realm=\"countersign\"") == true)
    }

    @Test func `an error nobody foresaw shows nothing but the request id`() async throws {
        let response = try await answer(Leak())
        let body = try ProblemBody(response)
        #expect(response.status == .internalServerError)
        #expect(body.code == "internal")
        #expect(body.detail == nil)
        #expect(body.requestId == "call-1")
        #expect(!String(buffer: response.body).contains("hunter2"))
    }

    @Test func `a room's error says itself what it is told as`() async throws {
        #expect(try ProblemBody(try await answer(RoomError())).code == "teapot")
    }

    @Test(arguments: [
        (HTTPResponse.Status.badRequest, "invalid_request", 400), (.notFound, "not_found", 404),
        (.methodNotAllowed, "method_not_allowed", 405), (.contentTooLarge, "too_large", 413),
        (.conflict, "invalid_request", 400), (.badGateway, "unavailable", 503),
        (.internalServerError, "internal", 500),
    ])
    func `a bare status of the server library becomes a code`(
        status: HTTPResponse.Status, code: String, told: Int
    ) async throws {
        let response = try await answer(HTTPError(status, message: "library words"))
        #expect(response.status.code == told)
        #expect(try ProblemBody(response).code == code)
        #expect(!String(buffer: response.body).contains("library words"))
    }

    @Test func `HEAD has the headers and no body`() async throws {
        let response = try await answer(Problem(TestCode.teapot), method: .head)
        #expect(response.status.code == 418)
        #expect(response.body.readableBytes == 0)
    }

    @Test func `a path that nobody serves is a problem too`() async throws {
        let response = try await exchange(edgeRouter(), "/nowhere")
        #expect(response.status == .notFound)
        #expect(try ProblemBody(response).code == "not_found")
    }
}

// SPDX-License-Identifier: Apache-2.0
import HTTPKit
import HTTPTypes
import Hummingbird
import HummingbirdTesting
import Primitives
import Testing

// R73: content type checked, sizes bounded.
@Suite struct RequestBodyTests {
    private struct Note: Codable { var text: String }

    private let router = edgeRouter { router in
        router.post("note") { request, _ in
            try await request.strictBody(Note.self, keyPaths: ["text"], limit: 64).text
        }
        router.post("raw") { request, _ in Response(status: .ok, body: .init(byteBuffer: try await request.rawBody())) }
        router.post("none") { request, _ in
            try await request.requireEmptyBody()
            return "empty"
        }
    }

    private func post(
        _ path: String, _ body: String?, type: String? = "application/json", coding: String? = nil
    ) async throws -> TestResponse {
        var headers = HTTPFields()
        headers[.contentType] = type
        headers[.contentEncoding] = coding
        return try await exchange(router, path, .post, headers: headers, body: body)
    }

    @Test(arguments: [
        "application/json", "Application/JSON", "application/json; charset=utf-8", "application/json;charset=\"UTF-8\"",
    ])
    func `reads a body sent as JSON`(type: String) async throws {
        let response = try await post("/note", #"{"text":"hello"}"#, type: type)
        #expect(response.status == .ok)
        #expect(String(buffer: response.body) == "hello")
    }

    @Test(arguments: [
        nil, "", "text/plain", "text/json", "application/jsonp", "application/json, text/plain",
        "application/json; charset=utf-16", "application/json; charset=utf-8; x=y", "application/problem+json",
        "application/x-www-form-urlencoded", "multipart/form-data; boundary=x",
    ])
    func `refuses every other type`(type: String?) async throws {
        let response = try await post("/note", #"{"text":"hello"}"#, type: type)
        #expect(response.status == .unsupportedMediaType)
        #expect(try ProblemBody(response).code == "unsupported_media_type")
    }

    @Test func `refuses a compressed body`() async throws {
        #expect(try await post("/note", #"{"text":"x"}"#, coding: "gzip").status == .unsupportedMediaType)
    }

    @Test func `bounds the body`() async throws {
        let text = String(repeating: "x", count: 53)
        #expect(try await post("/note", #"{"text":"\#(text)"}"#).status == .ok)
        let response = try await post("/note", #"{"text":"\#(text)x"}"#)
        #expect(response.status == .contentTooLarge)
        #expect(response.headers[.connection] == "close")
        #expect(try ProblemBody(response).code == "too_large")
    }

    @Test func `bounds a body whose length was not announced`() async throws {
        let buffer = ByteBuffer(string: String(repeating: "x", count: 40))
        let stream = AsyncStream<ByteBuffer> { continuation in
            for _ in 0..<2 { continuation.yield(buffer) }
            continuation.finish()
        }
        let request = Request(
            head: HTTPRequest(
                method: .post, scheme: nil, authority: nil, path: "/", headerFields: [.contentType: "application/json"]),
            body: RequestBody(asyncSequence: stream))
        let problem = await #expect(throws: Problem.self) { try await request.rawBody(limit: 64) }
        #expect(problem?.code.rawValue == "too_large")
    }

    @Test func `refuses an empty body where one is needed`() async throws {
        for body in [nil, ""] {
            let response = try await post("/note", body)
            #expect(response.status == .badRequest)
            #expect(try ProblemBody(response).detail == "The body is empty.")
        }
    }

    @Test func `refuses a body where none is taken`() async throws {
        #expect(try await post("/none", nil, type: nil).status == .ok)
        #expect(try await post("/none", "{}").status == .badRequest)
    }

    @Test func `keeps the bytes as sent`() async throws {
        let text = "{ \"text\" :\t\"\\u0061\"}\n"
        #expect(try await String(buffer: post("/raw", text).body) == text)
    }

    @Test func `a hostile body is never a server error`() async throws {
        for text in ["{", "[]", "{\"text\":1}", "\u{0}", "{\"text\":\"a\",\"text\":\"b\"}", "{\"x\":1}"] {
            let response = try await post("/note", text)
            #expect(response.status == .badRequest)
            #expect(try ProblemBody(response).code == "invalid_request")
        }
    }
}

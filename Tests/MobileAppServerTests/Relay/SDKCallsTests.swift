// SPDX-License-Identifier: Apache-2.0
import HTTPKit
import HTTPTypes
import HummingbirdTesting
import MFAAPI
import TestKit
import Testing

struct SDKCallsTests {
    private static func problem(_ code: String) -> String { #"{"code":"\#(code)"}"# }

    @Test(arguments: [(401, "unauthenticated"), (403, "forbidden"), (429, "too_many_requests")])
    func `a refusal of this service's own account is 503 for the phone`(status: Int, code: String) async throws {
        try await Counter.open { counter async throws in
            counter.sdk.answers(
                .init(
                    status: status,
                    headers: [
                        .contentType: "application/problem+json", .wwwAuthenticate: "Basic realm=\"countersign\"",
                    ], body: Self.problem(code)))
            let answer = try await counter.send(.get, "/PA/api/v1/challenges", headers: Counter.signed)
            #expect(answer.status == .serviceUnavailable)
            #expect(answer.code == "unavailable")
            #expect(answer.headers[.retryAfter] == "1")
            #expect(answer.headers[.wwwAuthenticate] == nil)
        }
    }

    @Test(arguments: [
        (400, "invalid_request"), (401, "unauthenticated"), (403, "bad_signature"), (404, "not_found"),
        (409, "already_decided"), (409, "expired"), (409, "conflict"), (429, "too_many_requests"),
        (503, "unavailable"),
    ])
    func `what is said of the phone reaches the phone as it is`(status: Int, code: String) async throws {
        try await Counter.open { counter async throws in
            counter.sdk.answers(
                .init(
                    status: status,
                    headers: [
                        .contentType: "application/problem+json", .retryAfter: "9",
                        .fixed(HeaderNames.deviceNextNonce): "n",
                    ], body: Self.problem(code) + "\n"))
            let answer = try await counter.send(
                .post, "/PA/api/v1/challenges/c1/answers", headers: Counter.signed, body: "{}")
            #expect(answer.status.code == status)
            #expect(answer.text == Self.problem(code) + "\n")
            #expect(answer.headers[.contentType] == "application/problem+json")
            #expect(answer.headers[.retryAfter] == "9")
            #expect(answer.headers[.fixed(HeaderNames.deviceNextNonce)] == "n")
        }
    }

    @Test func `a sdk-service that is gone is 503`() async throws {
        let gone = try LocalPort.unused()
        try await Counter.open(sdkURL: "http://127.0.0.1:\(gone)") { counter async throws in
            let answer = try await counter.send(.post, "/PA/api/v1/nonces")
            #expect(answer.code == "unavailable")
            #expect(answer.headers[.retryAfter] == "1")
        }
    }
}

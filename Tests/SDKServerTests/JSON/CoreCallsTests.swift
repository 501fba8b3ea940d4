// SPDX-License-Identifier: Apache-2.0
import HTTPKit
import HTTPTypes
import HummingbirdTesting
import MFAAPI
import NIOCore
import SDKServer
import Testing

struct CoreCallsTests {
    private let signIn = "{ \"user\" : \"al\\u0069ce\",\n\"factor\":\"passcode\",\"passcode\":\"755224\" }  "

    @Test func `hands on the body byte for byte, with the key and the ticket`() async throws {
        try await Door.open { door async throws in
            _ = try await door.send(
                .post, "/users/alice/factors", as: "everything",
                headers: [
                    .fixed(HeaderNames.idempotencyKey): "key-1", .fixed(HeaderNames.ticket): "ticket-1",
                    .fixed(HeaderNames.requestID): "request-1", .contentType: "application/json; charset=utf-8",
                ],
                body: signIn)
            let call = try #require(door.core.calls.first)
            #expect(call.method == "POST")
            #expect(call.target == "/internal/v1/users/alice/factors")
            #expect(call.body == signIn)
            #expect(call.header("content-type") == "application/json")
            #expect(call.header(HeaderNames.idempotencyKey) == "key-1")
            #expect(call.header(HeaderNames.ticket) == "ticket-1")
            #expect(call.header(HeaderNames.requestID) == "request-1")
        }
    }

    @Test func `says who calls, and never what the caller says of itself`() async throws {
        try await Door.open(on: .live) { door async throws in
            door.accounts.replace(
                MemoryAccounts.account("vpn", [.authenticate, .manageUsers], application: "VPN Köln"))
            var headers: HTTPFields = [.authorization: "x", .cookie: "a=b", .fixed("X-Device-Id"): "d"]
            for name in ["Account", "Scopes", "Application", "Operation", "Peer", "Deadline", "Anything"] {
                headers[.fixed("Countersign-\(name)")] = "forged"
            }
            let answer = try await door.send(.post, "/sign-ins", as: "vpn", headers: headers, body: signIn)
            #expect(answer.status == .ok)
            let call = try #require(door.core.calls.first)
            #expect(call.header(HeaderNames.account) == "vpn")
            #expect(call.header(HeaderNames.scopes) == "authenticate,manage-users")
            #expect(call.header(HeaderNames.application) == "VPN%20K%c3%b6ln")
            #expect(call.header(HeaderNames.operation) == "start-sign-in")
            #expect(call.header(HeaderNames.peer) == "127.0.0.1")
            let milliseconds = try #require(call.header(HeaderNames.deadline).flatMap { Int($0) })
            #expect((1...10_000).contains(milliseconds))
            #expect(!call.headers.contains { $0.value.contains("forged") })
            for name in ["authorization", "cookie", "x-device-id", HeaderNames.ticket, HeaderNames.idempotencyKey] {
                #expect(call.header(name) == nil, "\(name)")
            }
        }
    }

    @Test func `an account without application says none`() async throws {
        try await Door.open { door async throws in
            _ = try await door.send(.get, "/sign-ins/a1", headers: [.fixed(HeaderNames.application): "mine"])
            #expect(door.core.calls.first?.header(HeaderNames.application) == nil)
        }
    }

    @Test func `hands the query of a list on unchanged`() async throws {
        try await Door.open { door async throws in
            _ = try await door.send(.get, "/users?search=a%20b&limit=2&cursor=x", as: "administrator")
            #expect(door.core.calls.first?.target == "/internal/v1/users?search=a%20b&limit=2&cursor=x")
        }
    }

    @Test func `hands back status, bytes and the headers that belong to them`() async throws {
        try await Door.open { door async throws in
            let body = "{ \"code\" : \"in_progress\" }\n"
            door.core.answers { _ in
                FakeCore.Answer(
                    status: 409,
                    headers: [
                        .contentType: "application/problem+json", .retryAfter: "7",
                        .fixed(HeaderNames.deviceNextNonce): "n2", .server: "inside", .wwwAuthenticate: "Basic",
                        .setCookie: "a=b",
                    ], body: body)
            }
            let answer = try await door.send(.post, "/devices/nonces", as: "mobile")
            #expect(answer.status == .conflict)
            #expect(answer.text == body)
            #expect(answer.headers[.contentType] == "application/problem+json")
            #expect(answer.headers[.retryAfter] == "7")
            #expect(answer.headers[.fixed(HeaderNames.deviceNextNonce)] == "n2")
            for name in [HTTPField.Name.server, .wwwAuthenticate, .setCookie] { #expect(answer.headers[name] == nil) }
        }
    }

    /// Many clients cannot help sending an empty object; mfa-core says whether what came is one.
    @Test func `hands on a body where none is needed`() async throws {
        try await Door.open { door async throws in
            _ = try await door.send(.post, "/sign-ins/a1/cancellation", body: "{}")
            #expect(door.core.calls.last?.body == "{}")
            let large = String(repeating: " ", count: 16 * 1024 + 1)
            #expect(try await door.send(.post, "/sign-ins/a1/cancellation", body: large).status == .contentTooLarge)
            #expect(door.core.calls.count == 1)
        }
    }

    @Test func `a core that is gone is 503 with Retry-After`() async throws {
        try await Door.open { door async throws in
            door.core.answers { _ in FakeCore.Answer(status: 204, body: "") }
            #expect(try await door.send(.get, "/sign-ins/a1").status == .noContent)
        }
        let answer = try await Door.withoutCore { try await $0.send(.post, "/sign-ins", body: "{}") }
        #expect(answer.status == .serviceUnavailable)
        #expect(answer.code == "unavailable")
        #expect(answer.headers[.retryAfter] == "1")
    }

    // R73
    @Test func `refuses other content types, large bodies and missing ones`() async throws {
        try await Door.open { door async throws in
            let large = "{\"user\":\"\(String(repeating: "a", count: 16 * 1024))\"}"
            #expect(try await door.send(.post, "/sign-ins", body: large).status == .contentTooLarge)
            let text = try await door.send(.post, "/sign-ins", headers: [.contentType: "text/plain"], body: "{}")
            #expect(text.code == "unsupported_media_type")
            #expect(try await door.send(.post, "/sign-ins", body: "").status == .badRequest)
            #expect(door.core.calls.isEmpty)
        }
    }
}

// SPDX-License-Identifier: Apache-2.0
import Foundation
import HTTPKit
import HTTPTypes
import HummingbirdTesting
import MFAAPI
import MobileAppServer
import Primitives
import Testing

struct PhoneRelayTests {
    @Test func `hands an activation on byte for byte`() async throws {
        try await Counter.open(on: .live) { counter async throws in
            let body = "{ \"secret\":\"s\", \"publicKey\":\"ä\" }\n"
            counter.sdk.answers(.init(status: 201, body: #"{"deviceId":"d"}"#))
            let answer = try await counter.send(
                .post, "/PA/api/v1/activations",
                headers: [
                    .fixed(HeaderNames.idempotencyKey): "phone-key", .fixed(HeaderNames.requestID): "request-1",
                    .fixed(HeaderNames.ticket): "ticket", .fixed(HeaderNames.account): "administrator",
                    .authorization: "Basic Zm9yZ2VkOng=",
                ], body: body)
            #expect(answer.status == .created)
            #expect(answer.text == #"{"deviceId":"d"}"#)
            let call = try #require(counter.sdk.calls.first)
            #expect(call.method == "POST")
            #expect(call.target == "/api/v1/devices/activations")
            #expect(call.header("authorization") == "Basic " + Data("mobile:cs_1_secret".utf8).base64EncodedString())
            #expect(call.header(HeaderNames.idempotencyKey) == "phone-key")
            #expect(call.header(HeaderNames.requestID) == "request-1")
            #expect(call.header(HeaderNames.ticket) == nil)
            #expect(call.header(HeaderNames.account) == nil)
            let sent = try JSONDecoder().decode(ActivateDeviceRequest.self, from: Data(call.body.utf8))
            #expect(Base64URL.decode(sent.body) == Array(body.utf8))
            #expect(sent.clientAddress == "127.0.0.1")
        }
    }

    @Test func `makes a fresh key where the phone has none`() async throws {
        try await Counter.open { counter async throws in
            for _ in 0..<2 { _ = try await counter.send(.post, "/PA/api/v1/activations", body: "{}") }
            let keys = counter.sdk.calls.map { $0.header(HeaderNames.idempotencyKey) }
            #expect(keys.allSatisfy { $0?.count == 22 })
            #expect(Set(keys).count == 2)
        }
    }

    @Test func `hands on the signed target as sent, whatever the prefix`() async throws {
        try await Counter.open(prefixes: ["/PA", "/Multi/Factor"]) { counter async throws in
            let targets = [
                "/api/v1/challenges", "/api/v1/challenges?a=%2F&b", "/api/v1/challenges?",
            ]
            for prefix in ["/PA", "/pa", "/pA", "/multi/FACTOR"] {
                for target in targets {
                    _ = try await counter.send(.get, prefix + target, headers: Counter.signed)
                    let sent = try #require(counter.sdk.calls.last?.deviceRequest)
                    #expect(sent.target == target)
                    #expect(sent.method == "GET")
                    #expect(sent.body.isEmpty)
                }
            }
        }
    }

    @Test func `each signed operation goes to its own place, with its bytes and its signer`() async throws {
        let operations: [(HTTPRequest.Method, String, String, String?)] = [
            (.get, "/api/v1/challenges", "list-challenges", nil),
            (.post, "/api/v1/challenges/c%201/answers", "answer-challenge", #"{"decision":"deny"} "#),
            (.put, "/api/v1/push-address", "set-push-address", #"{"pushAddress":"https://push/ä"}"#),
            (.delete, "/api/v1/device", "remove-device", nil),
        ]
        try await Counter.open { counter async throws in
            counter.sdk.answers(
                .init(
                    status: 200,
                    headers: [
                        .contentType: "application/json", .fixed(HeaderNames.deviceNextNonce): "nonce-2",
                        .server: "inside",
                    ], body: #"{"items":[],"next":null}"#))
            for (method, target, name, body) in operations {
                let answer = try await counter.send(method, "/PA" + target, headers: Counter.signed, body: body)
                #expect(answer.text == #"{"items":[],"next":null}"#)
                #expect(answer.headers[.fixed(HeaderNames.deviceNextNonce)] == "nonce-2")
                #expect(answer.headers[.server] == nil)
                let call = try #require(counter.sdk.calls.last)
                #expect(call.target == "/api/v1/devices/requests/\(name)")
                let sent = try #require(call.deviceRequest)
                // Sent again on the way it would meet its own spent nonce.
                #expect(call.header(HeaderNames.idempotencyKey) == nil)
                #expect(sent.method == method.rawValue)
                #expect(sent.target == target)
                #expect(sent.deviceId == "device-1" && sent.nonce == "nonce-1" && sent.signature == "signature-1")
                #expect(Base64URL.decode(sent.body) == Array((body ?? "").utf8))
            }
        }
    }

    @Test func `a nonce is asked for without anything of the phone`() async throws {
        try await Counter.open { counter async throws in
            counter.sdk.answers(.init(body: #"{"nonce":"n"}"#))
            let answer = try await counter.send(.post, "/PA/api/v1/nonces")
            #expect(answer.text == #"{"nonce":"n"}"#)
            let call = try #require(counter.sdk.calls.first)
            #expect(call.target == "/api/v1/devices/nonces")
            #expect(call.body.isEmpty)
            #expect(call.header(HeaderNames.idempotencyKey) == nil)
            // Whether a body may be there is not for this service to say.
            _ = try await counter.send(.post, "/PA/api/v1/nonces", body: "{}")
            #expect(counter.sdk.calls.last?.body == "{}")
        }
    }

    @Test(arguments: [HeaderNames.deviceID, HeaderNames.deviceNonce, HeaderNames.deviceSignature])
    func `without a signer's header nothing is handed on`(name: String) async throws {
        try await Counter.open { counter async throws in
            for value in [nil, "", String(repeating: "a", count: 257)] {
                var headers = Counter.signed
                headers[.fixed(name)] = value
                let answer = try await counter.send(.get, "/PA/api/v1/challenges", headers: headers)
                #expect(answer.status == .unauthorized)
                #expect(answer.code == "unauthenticated")
                #expect(answer.headers[.wwwAuthenticate] == nil)
            }
            #expect(counter.sdk.calls.isEmpty)
        }
    }

    // R73
    @Test func `refuses other content types and large bodies`() async throws {
        try await Counter.open { counter async throws in
            let large = String(repeating: "a", count: 8 * 1024 + 1)
            #expect(try await counter.send(.post, "/PA/api/v1/activations", body: large).code == "too_large")
            let text = try await counter.send(
                .post, "/PA/api/v1/activations", headers: [.contentType: "text/plain"], body: "{}")
            #expect(text.code == "unsupported_media_type")
            #expect(counter.sdk.calls.isEmpty)
        }
    }

    @Test func `the largest body still fits what sdk-service takes`() async throws {
        try await Counter.open { counter async throws in
            var headers: HTTPFields = [:]
            for field in Counter.signed { headers[field.name] = String(repeating: "a", count: 256) }
            let body = String(repeating: "a", count: 8 * 1024)
            let answer = try await counter.send(
                .put, "/PA/api/v1/push-address?\(String(repeating: "a", count: 1000))", headers: headers, body: body)
            #expect(answer.status == .ok)
            #expect(try #require(counter.sdk.calls.first).body.utf8.count <= 16 * 1024)
        }
    }
}

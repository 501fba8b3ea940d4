// SPDX-License-Identifier: Apache-2.0
import HTTPTypes
import MFAAPI
import MFAClient
import Testing

@Suite(.timeLimit(.minutes(1))) struct SignInsClientTests {
    private let signIn = #"{"id":"1","state":"approved","factor":"totp"}"#

    @Test func `starts a sign-in with a key of its own`() async throws {
        let call = try await heard(json: signIn) { client in
            let answer = try await client.signIns.start(
                StartSignInRequest(user: "alice", factor: "passcode", passcode: "755224"))
            #expect(answer == SignInResponse(id: "1", state: "approved", factor: "totp"))
        }
        #expect(call.method == "POST")
        #expect(call.target == "/api/v1/sign-ins")
        #expect(call.body == #"{"factor":"passcode","passcode":"755224","user":"alice"}"#)
        #expect(call["content-type"] == "application/json")
        #expect(call["idempotency-key"]?.utf8.count == 22)
    }

    @Test func `every POST has another key, or the one it was given`() async throws {
        let start = StartSignInRequest(user: "a")
        let first = try await heard(json: signIn) { _ = try await $0.signIns.start(start) }
        let second = try await heard(json: signIn) { _ = try await $0.signIns.start(start) }
        #expect(first["idempotency-key"] != second["idempotency-key"])
        let given = try await heard(json: signIn) { _ = try await $0.signIns.start(start, idempotencyKey: "mine") }
        #expect(given["idempotency-key"] == "mine")
    }

    @Test func `a long poll says how long it may be held`() async throws {
        let call = try await heard(json: signIn) { client in
            _ = try await client.signIns.read("1", waitSeconds: 30)
        }
        #expect(call.target == "/api/v1/sign-ins/1?waitSeconds=30")
        #expect(call.method == "GET")
    }
}

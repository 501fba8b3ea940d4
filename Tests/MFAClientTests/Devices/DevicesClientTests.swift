// SPDX-License-Identifier: Apache-2.0
import HTTPTypes
import MFAAPI
import MFAClient
import NIOCore
import Testing

@Suite(.timeLimit(.minutes(1))) struct DevicesClientTests {
    @Test func `a nonce is asked for without a key, since nothing is stored`() async throws {
        let call = try await heard(json: #"{"nonce":"n"}"#) { client in
            let answer = try await client.devices.createNonce()
            #expect(answer.status == 200)
        }
        #expect(call.target == "/api/v1/devices/nonces")
        #expect(call["idempotency-key"] == nil)
    }

    // R69: mobileapp-service interprets nothing; the phone gets what mfa-core answered.
    @Test func `hands refusals and headers back as they came`() async throws {
        let nextNonce = try #require(HTTPField.Name("X-Device-Next-Nonce"))
        let other = StandIn(
            json: #"{"code":"bad_signature"}"#, status: .forbidden, headers: [nextNonce: "n2"])
        let request = DeviceRequest(
            deviceId: "d", nonce: "n", signature: "s", method: "GET", target: "/api/v1/challenges", body: "")
        try await other.run { url in
            try await withHTTPClient { http in
                let answer = try await MFAClient(http: http, urls: [url]).devices.send(request, as: .listChallenges)
                #expect(answer.status == 403)
                #expect(answer.header("x-device-next-nonce") == "n2")
                #expect(String(buffer: answer.body) == #"{"code":"bad_signature"}"#)
            }
        }
        #expect(other.heard.calls.first?.target == "/api/v1/devices/requests/list-challenges")
        #expect(other.heard.calls.first?.body.contains(#""target":"/api/v1/challenges""#) == true)
    }
}

// SPDX-License-Identifier: Apache-2.0
import Foundation
import MFAAPI
import Primitives
import Testing

@Suite struct DevicesTests {
    private func written(_ value: some Encodable) throws -> String {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        return String(decoding: try encoder.encode(value), as: UTF8.self)
    }

    /// contract.md, "Phones".
    @Test func `reads an activation by secret and one by name and code`() throws {
        let common = #""publicKey":"k","deviceName":"d","platform":"p","proof":"s""#
        let bySecret = try JSONDecoder().decode(
            PhoneActivationRequest.self, from: Data("{\"secret\":\"x\",\(common)}".utf8))
        #expect(bySecret.secret == "x" && bySecret.user == nil && bySecret.code == nil)
        let byCode = try JSONDecoder().decode(
            PhoneActivationRequest.self, from: Data("{\"user\":\"a\",\"code\":\"1\",\(common)}".utf8))
        #expect(byCode.secret == nil && byCode.user == "a" && byCode.code == "1")
    }

    // R25: the number is shown where the person signs in, and nowhere else.
    @Test func `a challenge tells how long the number is and never the number`() throws {
        let challenge = ChallengeResponse(
            id: "1", application: "vpn", clientAddress: "", createdAt: "2026-01-02T03:04:05.678Z",
            expiresAt: Instant(seconds: 1_767_323_045), numberDigits: 6, nonce: "n", canReportFraud: true)
        #expect(
            try written(challenge)
                == #"{"application":"vpn","canReportFraud":true,"clientAddress":"","#
                + #""createdAt":"2026-01-02T03:04:05.678Z","expiresAt":"2026-01-02T03:04:05.000Z","id":"1","#
                + #""nonce":"n","numberDigits":6}"#)
    }

    @Test func `an answer has its number as text, leading zeros kept, or none`() throws {
        let approve = #"{"decision":"approve","number":"003920","signature":"s"}"#
        #expect(
            try JSONDecoder().decode(AnswerChallengeRequest.self, from: Data(approve.utf8)).number == "003920")
        #expect(
            try written(AnswerChallengeRequest(decision: "deny", signature: "s"))
                == #"{"decision":"deny","signature":"s"}"#)
        let number = #"{"decision":"approve","number":3920,"signature":"s"}"#
        #expect(throws: DecodingError.self) {
            try JSONDecoder().decode(AnswerChallengeRequest.self, from: Data(number.utf8))
        }
    }
}

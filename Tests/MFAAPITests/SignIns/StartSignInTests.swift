// SPDX-License-Identifier: Apache-2.0
import Foundation
import MFAAPI
import Primitives
import Testing

@Suite struct StartSignInTests {
    private func written(_ value: some Encodable) throws -> String {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        return String(decoding: try encoder.encode(value), as: UTF8.self)
    }

    /// contract.md, "Sign-ins".
    @Test func `writes the objects of the contract`() throws {
        let moment = Instant(seconds: 1_767_323_045)
        #expect(
            try written(
                SignInResponse(
                    id: "1", state: "pending", factor: "push", numberToEnter: "483920", expiresAt: moment,
                    nextStep: "wait"))
                == #"{"expiresAt":"2026-01-02T03:04:05.000Z","factor":"push","id":"1","nextStep":"wait","#
                + #""numberToEnter":"483920","state":"pending"}"#)
        #expect(
            try written(SignInResponse(id: "1", state: "denied", decidedAt: moment, reason: "refused"))
                == #"{"decidedAt":"2026-01-02T03:04:05.000Z","id":"1","reason":"refused","state":"denied"}"#)
    }

    @Test func `reads the requests of the contract`() throws {
        let text = #"{"user":"alice","factor":"passcode","passcode":"755224","application":"vpn"}"#
        let request = try JSONDecoder().decode(StartSignInRequest.self, from: Data(text.utf8))
        #expect(request.user == "alice")
        #expect(request.passcode == "755224")
        #expect(request.waitSeconds == nil)
    }

    @Test func `a passcode is a text, never a number`() {
        let text = #"{"user":"alice","passcode":755224}"#
        #expect(throws: DecodingError.self) {
            try JSONDecoder().decode(StartSignInRequest.self, from: Data(text.utf8))
        }
    }
}

// SPDX-License-Identifier: Apache-2.0
import HTTPTypes
import MFAAPI
import MFAClient
import Testing

@Suite(.timeLimit(.minutes(1))) struct FactorsClientTests {
    @Test func `an activation is asked for with an empty object`() async throws {
        let call = try await heard(json: "{}") { client in
            _ = await failure { () throws(MFAClientError) in try await client.factors.createActivation("me") }
        }
        #expect(call.body == "{}")
    }

    @Test func `a removal may bring a new ticket`() async throws {
        let call = try await heard(json: #"{"id":"f","state":"revoked","accepted":true,"ticket":"t2"}"#) { client in
            let answer = try await client.factors.delete("me", "f")
            #expect(answer?.ticket == "t2")
        }
        #expect(call.method == "DELETE")
        #expect(call.target == "/api/v1/users/me/factors/f")
    }

    @Test func `a factor is confirmed and resynchronised below its own path`() async throws {
        let json = #"{"id":"f","state":"active","accepted":true}"#
        let confirmed = try await heard(json: json) { client in
            let answer = try await client.factors.confirm("a", "f", ConfirmFactorRequest(passcode: "123456"))
            #expect(answer.accepted)
        }
        #expect(confirmed.target == "/api/v1/users/a/factors/f/confirmation")
        #expect(confirmed.body == #"{"passcode":"123456"}"#)
        let again = try await heard(json: json) { client in
            _ = try await client.factors.resynchronise("a", "f", ResynchroniseFactorRequest(passcodes: ["1", "2"]))
        }
        #expect(again.target == "/api/v1/users/a/factors/f/resynchronisation")
    }
}

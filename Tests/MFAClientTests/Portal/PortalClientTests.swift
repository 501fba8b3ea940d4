// SPDX-License-Identifier: Apache-2.0
import HTTPTypes
import MFAAPI
import MFAClient
import Primitives
import Testing

@Suite(.timeLimit(.minutes(1))) struct PortalClientTests {
    @Test func `a sign-in begins with the password and goes on with the person's choice`() async throws {
        let choice = #"{"id":"1","state":"pending","factors":["push","passcode"],"nextStep":"choose"}"#
        let started = try await heard(json: choice) { client in
            let answer = try await client.portal.start(
                StartPortalSignInRequest(user: "alice", password: "s3cret", clientAddress: "203.0.113.7"),
                idempotencyKey: "mine")
            #expect(answer.factors == ["push", "passcode"])
        }
        #expect(started.method == "POST" && started.target == "/api/v1/portal/sign-ins")
        #expect(started.body == #"{"clientAddress":"203.0.113.7","password":"s3cret","user":"alice"}"#)
        #expect(started["idempotency-key"] == "mine")
        let chosen = try await heard(json: #"{"id":"1","state":"pending","nextStep":"passcode"}"#) { client in
            let answer = try await client.portal.choose("1", ChoosePortalFactorRequest(factor: "passcode"))
            #expect(answer.nextStep == "passcode")
        }
        #expect(chosen.target == "/api/v1/portal/sign-ins/1/factor")
        #expect(chosen.body == #"{"factor":"passcode"}"#)
        #expect(chosen["idempotency-key"]?.utf8.count == 22)
    }

    @Test func `a ticket is ended under itself`() async throws {
        let call = try await heard(json: "", status: .noContent) { client in
            try await client.with(ticket: SecretBytes(utf8: "the-ticket")).portal.endTicket()
        }
        #expect(call.method == "DELETE" && call.target == "/api/v1/portal/ticket")
        #expect(call["countersign-ticket"] == "the-ticket")
    }
}

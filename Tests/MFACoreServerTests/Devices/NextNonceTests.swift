// SPDX-License-Identifier: Apache-2.0
import DeviceProtocol
import HTTPKit
import HTTPTypes
import HummingbirdTesting
import MFAAPI
import TestKit
import Testing

/// contract.md, Phones: every signed answer brings the next nonce.
struct NextNonceTests {
    private func nonce(_ answer: TestResponse) -> String? { answer.headers[.fixed(HeaderNames.deviceNextNonce)] }

    @Test func `a refusal of a signed request brings the next nonce, and it is good`() async throws {
        try await CoreDoor.open { door async throws in
            try await door.addUser()
            let phone = try await Phone.activated(door)
            _ = try await door.begin("alice", "push")
            let challenge = try await phone.challenge()
            let id = try #require(challenge["id"]?.text)
            let denied = try phone.answerBody(challenge, .deny)
            let answers: [(TestResponse, Int)] = [
                (try await phone.answer(id, body: ["decision": "deny", "signature": "AA"]), 403),
                (try await phone.answer(id, body: ["decision": "maybe", "signature": "AA"]), 400),
                (try await phone.answer(CoreDoor.noID, body: denied), 404),
                (try await phone.answer(id, body: denied), 200),
                (try await phone.answer(challenge, .fraud), 409),
            ]
            for (answer, status) in answers {
                #expect(answer.status.code == status, "\(answer.text)")
                let next = try #require(nonce(answer), "\(status)")
                let request = try phone.request("GET", "/api/v1/challenges", nonce: next)
                #expect(try await door.send(.listChallenges, .object(request)).status == .ok, "\(status)")
            }
            #expect(nonce(try await phone.call(.removeDevice, "DELETE", "/api/v1/device")) != nil)
            // Nobody is known to have signed this one.
            let stranger = try await phone.challenges()
            #expect(stranger.status == .unauthorized && nonce(stranger) == nil)
        }
    }

    // R87: where the phone was; a decision's own client is whoever signs in.
    @Test func `the audit has the phone's address`() async throws {
        try await CoreDoor.open { door async throws in
            try await door.addUser()
            let phone = try await Phone.activated(door)
            _ = try await door.send(
                .startSignIn, ["user": "alice", "factor": "push", "clientAddress": "203.0.113.7"])
            #expect(try await phone.answer(phone.challenge(), .deny).status == .ok)
            _ = try await phone.call(
                .setPushAddress, "PUT", "/api/v1/push-address", body: ["pushAddress": "https://push.example.org/a"])
            _ = try await phone.call(.removeDevice, "DELETE", "/api/v1/device")
            let rows = try await door.value(
                """
                select string_agg(concat_ws(' ', event, client_address, detail ->> 'phone_address'), ', ' order by id)
                    as t from core.audit_event where front_end = 'mobile'
                """)
            #expect(
                rows == """
                    device.activated 198.51.100.9, push.denied 203.0.113.7 198.51.100.9, \
                    device.push_address_set 198.51.100.9, factor.removed 198.51.100.9
                    """)
        }
    }

    @Test func `an address that is none is refused`() async throws {
        try await CoreDoor.open { door async throws in
            try await door.addUser()
            let phone = try await Phone.activated(door)
            var request = try phone.request("GET", "/api/v1/challenges", nonce: try await phone.nonce())
            for address in ["a\nb", String(repeating: "1", count: 65)] {
                request["clientAddress"] = .string(address)
                #expect(try await door.send(.listChallenges, .object(request)).code == "invalid_request")
            }
        }
    }
}

// SPDX-License-Identifier: Apache-2.0
import Crypto
import Foundation
import Primitives
import SimulatedPhone
import Testing
import TestKit

extension EndToEnd.Standing {
    /// Prompts on the phone: number entry, one at a time, deny means deny.
    @Suite struct Push {
        let world: World

        init() throws { world = try World.current }

        // R25
        @Test func `the number never goes to the phone`() async throws {
            let (person, phone) = try await world.createUserWithPhone("carol")
            let prompt = try await world.prompt(person)
            #expect(prompt.number.count == 6 && prompt.number.allSatisfy { $0.isASCII && $0.isNumber })
            let wrong = Array(prompt.number.reversed()).map(String.init).joined()
            let forged = Tampering(\.signature) { [$0[0] ^ 1] + $0.dropFirst() }
            // Everything that a phone can get out of the service while the number is on the login page.
            var told = ""
            for _ in 0..<2 {
                let replies = [
                    try await phone.request("GET", "/challenges"), try await phone.send("POST", "/nonces", body: []),
                    try await phone.request("POST", "/challenges/\(prompt.id)/answers", body: Array("{}".utf8)),
                    try await phone.request("GET", "/challenges/\(prompt.id)"),
                    try await phone.request(
                        "PUT", "/push-address", body: Array(#"{"pushAddress":"https://push.example.org/c"}"#.utf8)),
                ]
                for reply in replies {
                    told += String(decoding: reply.body, as: UTF8.self) + "\(reply.headers)"
                }
                let refused = try await refusal {
                    try await phone.answer(
                        try await world.challenge(prompt, on: phone), .approve(number: wrong), tampering: forged)
                }
                told += "\(refused.map { "\($0)" } ?? "")"
            }
            #expect(told.contains(prompt.id))
            for form in Self.forms(of: prompt.number) { #expect(!told.contains(form), "\(form)") }
            let challenge = try await world.challenge(prompt, on: phone)
            #expect(challenge.numberDigits == 6)
            #expect(try await phone.answer(challenge, .approve(number: prompt.number)) == "approved")
        }

        /// The number as it is and as somebody could hide it.
        private static func forms(of number: String) -> [String] {
            let bytes = Array(number.utf8)
            let hash = Array(SHA256.hash(data: bytes))
            return [
                number, String(number.reversed()), Hex.encode(bytes), Hex.encode(hash), Base64URL.encode(bytes),
                Base64URL.encode(hash), Data(bytes).base64EncodedString(), Data(hash).base64EncodedString(),
                Base32.encode(bytes), "\(number.prefix(3)) \(number.suffix(3))",
                "\(number.prefix(3))-\(number.suffix(3))",
            ]
        }

        // R25
        @Test func `approval without the number is a denial`() async throws {
            let (person, phone) = try await world.createUserWithPhone("carol")
            let prompt = try await world.prompt(person)
            let challenge = try await world.challenge(prompt, on: phone)
            #expect(try await phone.answer(challenge, .approve()) == "denied")
            let answer = try await world.signIn(prompt.id)
            #expect(answer["state"]?.text == "denied")
        }

        // R25
        @Test func `a wrong number closes the sign-in and counts once`() async throws {
            let (person, phone) = try await world.createUserWithPhone("carol")
            let prompt = try await world.prompt(person)
            let challenge = try await world.challenge(prompt, on: phone)
            let wrong = prompt.number == "000000" ? "000001" : "000000"
            #expect(try await phone.answer(challenge, .approve(number: wrong)) == "denied")
            let second = try await refusal {
                try await phone.answer(challenge, .approve(number: prompt.number))
            }
            #expect(second?.code == "already_decided" && second?.status == 409)
            #expect(
                try await world.number(
                    "select failures from core.factor where user_id = '\(person.id)' and kind = 'device'") == 1)
            let answer = try await world.signIn(prompt.id)
            #expect(answer["state"]?.text == "denied")
            #expect(answer["reason"]?.text == "refused")
            let next = try await world.prompt(person)
            #expect(try await world.approve(next, on: phone) == "approved")
        }

        // R26
        @Test func `one prompt waits for a person, whatever is asked for at once`() async throws {
            let (person, phone) = try await world.createUserWithPhone("carol")
            let replies = try await inParallel(32) { number in
                try await world.startPush(for: person, copy: number % 2)
            }
            #expect(tally(replies.map { $0["state"]?.text ?? "\($0.status)" }) == ["pending": 1, "denied": 31])
            let denied = replies.filter { $0["state"]?.text == "denied" }
            #expect(denied.allSatisfy { $0["reason"]?.text == "promptPending" })
            #expect(denied.allSatisfy { ($0["retryAfterSeconds"]?.integer ?? 0) >= 1 })
            // R30: the number of the one must not reach another sign-in.
            #expect(denied.allSatisfy { $0["numberToEnter"] == nil })
            #expect(try await phone.challenges().count == 1)
        }

        // R27
        @Test func `deny ends the sign-in and nothing is asked again by itself`() async throws {
            let (person, phone) = try await world.createUserWithPhone("carol")
            let prompt = try await world.prompt(person)
            let challenge = try await world.challenge(prompt, on: phone)
            #expect(try await phone.answer(challenge, .deny) == "denied")
            let answer = try await world.signIn(prompt.id)
            #expect(answer["state"]?.text == "denied")
            #expect(answer["reason"]?.text == "deniedByUser")
            #expect(try await phone.challenges().isEmpty)
            #expect(try await world.auditRows(of: person, event: "push.denied") == 1)
        }

        // R27
        @Test func `a fraud report blocks the person until an administrator unblocks`() async throws {
            let (person, phone) = try await world.createUserWithPhone("carol")
            let prompt = try await world.prompt(person)
            let challenge = try await world.challenge(prompt, on: phone)
            #expect(challenge.canReportFraud)
            #expect(try await phone.answer(challenge, .fraud) == "denied")
            #expect(try await world.signIn(prompt.id)["reason"]?.text == "fraudReported")
            let next = try await world.startPush(for: person)
            #expect(next["state"]?.text == "denied" && next["reason"]?.text == "refused")
            #expect(try await phone.challenges().isEmpty)
            let blocked = try await world.expect(200, "GET", "/users/\(person.name)")
            #expect(blocked["blocked"]?.boolean == true && blocked["blockedReason"]?.text == "fraud reported")
            #expect(try await world.auditRows(of: person, event: "user.blocked") == 1)
            #expect(try await world.auditRows(of: person, event: "push.fraud") == 1)
            _ = try await world.expect(200, "POST", "/users/\(person.name)/unblock", ["reason": "it was theirs"])
            #expect(try await world.approve(try await world.prompt(person), on: phone) == "approved")
        }

        // R30
        @Test func `an approval of one person or one sign-in serves no other`() async throws {
            let (alice, phoneOfAlice) = try await world.createUserWithPhone("alice")
            let (bob, phoneOfBob) = try await world.createUserWithPhone("bob")
            let promptOfAlice = try await world.prompt(alice)
            let promptOfBob = try await world.prompt(bob)
            let challengeOfBob = try await world.challenge(promptOfBob, on: phoneOfBob)
            let foreign = try await refusal {
                try await phoneOfAlice.answer(challengeOfBob, .approve(number: promptOfBob.number))
            }
            #expect(foreign?.status == 404 && foreign?.code == "not_found")
            #expect(try await world.signIn(promptOfBob.id)["state"]?.text == "pending")
            // The number of another sign-in is a wrong number here.
            let challengeOfAlice = try await world.challenge(promptOfAlice, on: phoneOfAlice)
            if promptOfAlice.number != promptOfBob.number {
                #expect(
                    try await phoneOfAlice.answer(challengeOfAlice, .approve(number: promptOfBob.number)) == "denied")
            }
            #expect(try await world.approve(promptOfBob, on: phoneOfBob) == "approved")
        }

        // R30, R71
        @Test func `a sign-in belongs to the account that began it`() async throws {
            let (person, phone) = try await world.createUserWithPhone("alice")
            let prompt = try await world.prompt(person)
            for account in ["vpn", "administrator"] {
                let foreign = try await world.signIn(prompt.id, as: account)
                #expect(foreign.status == 404)
                let cancel = try await world.call("POST", "/sign-ins/\(prompt.id)/cancellation", as: account)
                #expect(cancel.status == 404)
            }
            #expect(try await world.approve(prompt, on: phone) == "approved")
        }

        @Test func `the account that started a prompt may cancel it`() async throws {
            let (person, phone) = try await world.createUserWithPhone("alice")
            let prompt = try await world.prompt(person)
            let challenge = try await world.challenge(prompt, on: phone)
            let cancelled = try await world.call("POST", "/sign-ins/\(prompt.id)/cancellation", as: "integrator")
            #expect(cancelled["state"]?.text == "cancelled")
            let late = try await refusal { try await phone.answer(challenge, .approve(number: prompt.number)) }
            #expect(late?.code == "already_decided")
            // The way is free for the next one at once.
            #expect(try await world.approve(try await world.prompt(person), on: phone) == "approved")
        }

        // R20
        @Test func `who is blocked while the prompt waits is not signed in`() async throws {
            for act in ["block", "disable", "delete"] {
                let (person, phone) = try await world.createUserWithPhone("carol")
                let prompt = try await world.prompt(person)
                let challenge = try await world.challenge(prompt, on: phone)
                switch act {
                case "block":
                    _ = try await world.expect(
                        200, "POST", "/users/\(person.name)/block", ["reason": "left the company"])
                case "disable":
                    _ = try await world.expect(200, "PATCH", "/users/\(person.name)", ["enabled": false])
                default:
                    #expect(try await world.call("DELETE", "/users/\(person.name)").status == 204)
                }
                let answer = try await refusal {
                    try await phone.answer(challenge, .approve(number: prompt.number))
                }
                #expect(answer == nil || answer?.status == 401 || answer?.code == "already_decided", "\(act)")
                let state = try await world.signIn(prompt.id)
                #expect(state["state"]?.text == "denied", "\(act)")
                #expect(
                    try await world.number(
                        """
                        select count(*) from core.audit_event
                         where sign_in_id = '\(prompt.id)' and event = 'push.denied.locked'
                        """) == 1, "\(act)")
            }
        }
    }
}

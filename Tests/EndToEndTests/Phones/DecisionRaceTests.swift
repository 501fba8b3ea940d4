// SPDX-License-Identifier: Apache-2.0
import SimulatedPhone
import Testing
import TestKit

extension EndToEnd.Standing {
    /// R29: exactly one final state, however many decide at once through two copies of mobileapp-service.
    @Suite struct DecisionRaces {
        let world: World

        init() throws { world = try World.current }

        // R29
        @Test func `64 approvals and 64 denials at once give one decision`() async throws {
            for _ in 0..<Workshop.rounds {
                let (person, phone) = try await world.createUserWithPhone("carol")
                let twins = [
                    phone, try SimulatedPhone(state: await phone.state, baseURL: await world.phoneURL(copy: 1)),
                ]
                let prompt = try await world.prompt(person)
                let challenge = try await world.challenge(prompt, on: phone)
                let nonces = try await inParallel(128) { try await twins[$0 % 2].freshNonce() }
                let waiting = Task { try await world.signIn(prompt.id, waitSeconds: 30, copy: 1) }
                let outcomes = try await inParallel(128) { number in
                    let approves = number < 64
                    let answer = PhoneAnswer.approve(number: prompt.number)
                    do {
                        let state = try await twins[number % 2].answer(
                            challenge, approves ? answer : .deny, tampering: Tampering(\.nonce, nonces[number]))
                        return "\(approves) \(state)"
                    } catch let error as PhoneError {
                        return "\(approves) \(error.code ?? "\(error)")"
                    }
                }
                let state = try #require(try await waiting.value["state"]?.text)
                #expect(state == "approved" || state == "denied")
                // Whoever signed the winner's lines hears the same; everybody else hears that it is decided.
                let won = state == "approved"
                #expect(tally(outcomes) == ["\(won) \(state)": 64, "\(!won) already_decided": 64])
                #expect(
                    try await world.number(
                        """
                        select count(*) from core.audit_event where sign_in_id = '\(prompt.id)'
                           and event in ('push.approved', 'push.denied', 'push.expired')
                        """) == 1)
                #expect(try await world.signIn(prompt.id)["state"]?.text == state)
            }
        }

        // R29
        @Test func `the winner's lines signed again are the same answer and no new row`() async throws {
            let (person, phone) = try await world.createUserWithPhone("carol")
            let prompt = try await world.prompt(person)
            let challenge = try await world.challenge(prompt, on: phone)
            let rows = "select count(*) from core.audit_event where sign_in_id = '\(prompt.id)'"
            #expect(try await phone.answer(challenge, .approve(number: prompt.number)) == "approved")
            let before = try await world.number(rows)
            // ECDSA signatures differ each time; the lines are what counts.
            #expect(try await phone.answer(challenge, .approve(number: prompt.number)) == "approved")
            #expect(try await world.number(rows) == before)
            let other = try await refusal { try await phone.answer(challenge, .deny) }
            #expect(other?.status == 409 && other?.code == "already_decided")
        }
    }
}

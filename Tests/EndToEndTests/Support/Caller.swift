// SPDX-License-Identifier: Apache-2.0
import SimulatedPhone
import TestKit

/// Asks the suite for things and keeps what was asked and answered.
struct Caller: Sendable {
    let world: World
    let history: History

    /// A passcode at a copy of sdk-service; `number` is what it is the passcode of.
    @discardableResult
    func check(
        _ passcode: String, of token: Token, number: UInt64?, copy: Int = 0, key: String? = nil
    ) async throws -> History.Outcome {
        try await history.record(.passcode(factor: token.factorID, number: number), of: token.person.id, key: key) {
            await heard { try await world.check(passcode, of: token.person.name, copy: copy, key: key) }
        }
    }

    /// The passcode of a counter.
    @discardableResult
    func check(
        _ token: Token, counter: UInt64, copy: Int = 0, key: String? = nil
    ) async throws -> History.Outcome {
        try await check(token.passcode(counter: counter), of: token, number: counter, copy: copy, key: key)
    }

    /// The passcode of a time step.
    @discardableResult
    func check(
        _ token: Token, step: UInt64, copy: Int = 0, key: String? = nil
    ) async throws -> History.Outcome {
        try await check(token.passcode(step: step), of: token, number: step, copy: copy, key: key)
    }

    /// Starts a push sign-in; the prompt, where one waits now.
    func prompt(
        _ person: Person, copy: Int = 0, key: String? = nil
    ) async throws -> (outcome: History.Outcome, prompt: Prompt?) {
        var prompt: Prompt?
        let outcome = try await history.record(.prompt, of: person.id, key: key) {
            await heard {
                let reply = try await world.startPush(for: person, copy: copy, key: key)
                if reply["state"]?.text == "pending", let id = reply["id"]?.text,
                    let number = reply["numberToEnter"]?.text
                {
                    prompt = Prompt(id: id, number: number)
                }
                return reply
            }
        }
        return (outcome, prompt)
    }

    /// What became of a sign-in.
    @discardableResult
    func look(_ id: String, of person: Person, waitSeconds: Int = 0, copy: Int = 0) async throws -> History.Outcome {
        try await history.record(.look(signIn: id), of: person.id) {
            await heard { try await world.signIn(id, waitSeconds: waitSeconds, copy: copy) }
        }
    }

    /// The phone answers a prompt that it sees, or that it saw before.
    @discardableResult
    func answer(
        _ prompt: Prompt, _ answer: PhoneAnswer, of person: Person, on phone: SimulatedPhone,
        seen challenge: PhoneChallenge? = nil
    ) async throws -> History.Outcome {
        var approves = false
        if case .approve(prompt.number) = answer { approves = true }
        return try await history.record(.answer(signIn: prompt.id, approves: approves), of: person.id) {
            do {
                let found: PhoneChallenge
                if let challenge {
                    found = challenge
                } else {
                    let all = try await phone.challenges()
                    // Not to be seen any more: it is decided or late.
                    guard let first = all.first(where: { $0.id == prompt.id }) else { return .refused(404) }
                    found = first
                }
                return .told(try await phone.answer(found, answer), signIn: prompt.id)
            } catch let error as PhoneError {
                return Self.outcome(of: error)
            }
        }
    }

    /// The phone becomes a device.
    @discardableResult
    func activate(_ activation: JSON, of person: String, on phone: SimulatedPhone) async throws -> History.Outcome {
        try await history.record(.activation(activation["id"]?.text ?? ""), of: person) {
            do {
                try await phone.activate(link: activation["activationURI"]?.text ?? "")
                return .done
            } catch let error as PhoneError {
                return Self.outcome(of: error)
            }
        }
    }

    /// An act of an administrator; `event` is its row in the audit.
    @discardableResult
    func act(
        _ event: String, on person: String, _ method: String, _ path: String, _ body: JSON? = nil, copy: Int = 0,
        key: String? = nil
    ) async throws -> History.Outcome {
        try await history.record(.administration(event), of: person, key: key) {
            await heard { try await world.call(method, path, body, copy: copy, key: key) }
        }
    }

    private func heard(_ work: () async throws -> Reply) async -> History.Outcome {
        do {
            return Self.outcome(of: try await work())
        } catch {
            return .unknown
        }
    }

    static func outcome(of reply: Reply) -> History.Outcome {
        switch reply.status {
        case 200..<300:
            if let state = reply["state"]?.text, let id = reply["id"]?.text { return .told(state, signIn: id) }
            return .done
        case 503: return .unknown
        case 409 where reply.code == "in_progress": return .unknown
        default: return .refused(reply.status)
        }
    }

    private static func outcome(of error: PhoneError) -> History.Outcome {
        switch error {
        case .refused(503, _, _), .unreachable: .unknown
        case .refused(let status, _, _): .refused(status)
        default: .refused(0)
        }
    }
}

// SPDX-License-Identifier: Apache-2.0
import SimulatedPhone
import Testing
import TestKit

/// A push sign-in that waits for its owner's phone, as the page that started it shows it.
struct Prompt: Sendable {
    let id: String
    /// The number that the person reads there and types into the phone.
    let number: String
}

extension World {
    /// Where phones find a copy of mobileapp-service.
    func phoneURL(copy: Int = 0) async throws -> String { try await copies(of: .mobile)[copy].url() + "/PA" }

    /// The authority that phones of this world trust.
    var trustRoots: String { "\(folder)/certificates/mfa-core/ca.pem" }

    /// A phone out of the box.
    func newPhone(copy: Int = 0) async throws -> SimulatedPhone {
        try SimulatedPhone(baseURL: try await phoneURL(copy: copy), trustRootsPath: trustRoots)
    }

    /// A phone that is this person's device.
    func activatePhone(
        for person: Person, copy: Int = 0, throughSDK sdk: Int = 0
    ) async throws -> SimulatedPhone {
        let activation = try await createActivation(for: person, copy: sdk)
        let phone = try await newPhone(copy: copy)
        try await phone.activate(link: try #require(activation["activationURI"]?.text))
        return phone
    }

    /// A person with a phone.
    func createUserWithPhone(_ name: String) async throws -> (Person, SimulatedPhone) {
        let person = try await createUser(name)
        return (person, try await activatePhone(for: person))
    }

    /// Starts a push sign-in that must be pending.
    func prompt(_ person: Person, as account: String = "integrator", copy: Int = 0) async throws -> Prompt {
        let reply = try await startPush(for: person, as: account, copy: copy)
        try #require(reply["state"]?.text == "pending", "\(reply.status) \(reply.text)")
        return Prompt(id: try #require(reply["id"]?.text), number: try #require(reply["numberToEnter"]?.text))
    }

    /// What the phone is told of a sign-in.
    func challenge(_ prompt: Prompt, on phone: SimulatedPhone) async throws -> PhoneChallenge {
        let challenges = try await phone.challenges()
        return try #require(challenges.first { $0.id == prompt.id }, "the phone sees \(challenges.count) others")
    }

    /// Types the number into the phone; what became of the sign-in.
    @discardableResult
    func approve(_ prompt: Prompt, on phone: SimulatedPhone) async throws -> String {
        try await phone.answer(try await challenge(prompt, on: phone), .approve(number: prompt.number))
    }
}

extension PhoneError {
    /// The code of a refusal.
    var code: String? {
        if case .refused(_, let code, _) = self { code } else { nil }
    }

    /// The status of a refusal.
    var status: Int? {
        if case .refused(let status, _, _) = self { status } else { nil }
    }
}

/// The refusal that `work` ends in; nil when it ends well.
func refusal(of work: () async throws -> Void) async throws -> PhoneError? {
    do {
        try await work()
        return nil
    } catch let error as PhoneError {
        return error
    }
}

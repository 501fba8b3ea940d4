// SPDX-License-Identifier: Apache-2.0
import MFAAPI
import MFAClient
import Primitives
import SimulatedPhone

/// Somebody with an activated phone, and what they do with it.
struct PersonWithPhone: Sendable {
    /// A sign-in that waits for the phone.
    struct Prompt: Sendable {
        let id: String
        let number: String?
    }

    enum Fault: Error {
        /// The sign-in was not begun as a prompt.
        case notPrompted(state: String, reason: String?)
        /// The phone sees no such challenge.
        case noChallenge
    }

    let name: String
    private let phone: SimulatedPhone

    /// Makes the person and activates their phone, through the suite's own doors.
    init(named name: String, administrator: MFAClient, authority: String) async throws {
        self.name = name
        _ = try await administrator.users.create(CreateUserRequest(username: name))
        let activation = try await administrator.factors.createActivation(name)
        phone = try SimulatedPhone(trustRootsPath: authority)
        try await phone.activate(link: activation.activationURI)
    }

    /// Begins a sign-in by prompt.
    func begin(_ integrator: MFAClient) async throws -> Prompt {
        let signIn = try await integrator.signIns.start(StartSignInRequest(user: name, factor: "push"))
        guard signIn.state == "pending", signIn.nextStep == "wait" else {
            throw Fault.notPrompted(state: signIn.state, reason: signIn.reason)
        }
        return Prompt(id: signIn.id, number: signIn.numberToEnter)
    }

    /// Looks at the phone until the prompt is there.
    func find(_ prompt: Prompt) async throws -> PhoneChallenge {
        let challenge = try await phone.waitForChallenge(
            prompt.id, within: .seconds(10), askingEvery: .milliseconds(20))
        guard let challenge else { throw Fault.noChallenge }
        return challenge
    }

    /// Approves with the number of the sign-in page, or denies; what the phone was told.
    func answer(_ challenge: PhoneChallenge, _ prompt: Prompt, approving: Bool) async throws -> String {
        try await phone.answer(challenge, approving ? .approve(number: prompt.number) : .deny)
    }
}

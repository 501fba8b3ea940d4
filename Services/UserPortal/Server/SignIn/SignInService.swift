// SPDX-License-Identifier: Apache-2.0
internal import MFAAPI
internal import MFAClient
internal import ServiceRuntime

/// A person's sign-in, step by step, at sdk-service.
///
/// | step | call | then |
/// |---|---|---|
/// | password | `POST /portal/sign-ins` | choose, or refused |
/// | choice | `POST /portal/sign-ins/{id}/factor` | a code, or the phone |
/// | code | `POST /sign-ins/{id}/answers` | approved with a ticket, again, or refused |
/// | phone | `GET /sign-ins/{id}?waitSeconds` | approved with a ticket, still open, or refused |
struct SignInService: Sendable {
    /// How long a request that waits for the phone is held.
    static let waitSecondsMax = 25

    let calls: MFAClient
    /// Used for nothing but waiting, so that people who wait cannot use up the connections of those who act.
    let waits: MFAClient
    let draining: Draining

    /// Checks the password.
    func start(name: String, password: String, address: String) async throws -> SignInOutcome {
        try await outcome(of: PendingSignIn(id: "", name: name, factors: [])) {
            try await calls.portal.start(
                .init(user: name, password: password, clientAddress: address.isEmpty ? nil : address))
        }
    }

    /// Goes on with the factor that the person chose.
    func choose(_ factor: String, for pending: PendingSignIn) async throws -> SignInOutcome {
        try await outcome(of: pending) {
            try await calls.portal.choose(pending.id, .init(factor: factor))
        }
    }

    /// Gives a passcode.
    func answer(_ passcode: String, for pending: PendingSignIn) async throws -> SignInOutcome {
        let outcome = try await outcome(of: pending) {
            try await calls.signIns.answer(pending.id, with: .init(passcode: passcode))
        }
        if case .open = outcome { return .wrongPasscode }
        return outcome
    }

    /// How things stand, at the latest after `waitSeconds`; at once when this service is stopping.
    func look(at pending: PendingSignIn, waitSeconds: Int) async throws -> SignInOutcome {
        let seconds = min(max(0, waitSeconds), Self.waitSecondsMax)
        guard seconds > 0 else { return try await read(pending, over: calls, waitSeconds: 0) }
        return try await draining.race { try await read(pending, over: waits, waitSeconds: seconds) } ?? .open(pending)
    }

    /// Ends a sign-in. That it is over already, or that nobody can be told, changes nothing for the person.
    func cancel(_ pending: PendingSignIn) async {
        _ = try? await calls.signIns.cancel(pending.id)
    }

    private func read(
        _ pending: PendingSignIn, over client: MFAClient, waitSeconds: Int
    ) async throws -> SignInOutcome {
        try await outcome(of: pending) {
            try await client.signIns.read(pending.id, waitSeconds: waitSeconds)
        }
    }

    private func outcome(
        of pending: PendingSignIn, _ call: () async throws -> SignInResponse
    ) async throws -> SignInOutcome {
        do {
            return Self.outcome(of: try await call(), for: pending)
        } catch MFAClientError.problem(let problem, _) where [400, 404, 409, 413, 422].contains(problem.status) {
            // Unreadable input, or a sign-in that is over: to the person the same as a wrong password (R19).
            return .refused(problem.code == ErrorCode.expired.rawValue ? .expired : .refused)
        }
    }

    private static func outcome(of answer: SignInResponse, for pending: PendingSignIn) -> SignInOutcome {
        switch answer.state {
        case "pending":
            var pending = pending
            pending.id = answer.id
            if let factors = answer.factors { pending.factors = factors }
            if answer.nextStep != "choose" { pending.factor = answer.factor ?? pending.factor }
            if let number = answer.numberToEnter { pending.number = number }
            return .open(pending)
        case "approved":
            return answer.ticket.map { .approved(ticket: $0) } ?? .approvedElsewhere
        default:
            return .refused(SignInRefusal(state: answer.state, reason: answer.reason, nextStep: answer.nextStep))
        }
    }
}

// SPDX-License-Identifier: Apache-2.0
internal import HTTPKit
internal import HTTPTypes
internal import Hummingbird
internal import MFAAPI
internal import MFAClient
internal import Primitives
internal import ServiceRuntime

/// A person's own recovery codes: how many are left, and a new set, shown once (R79).
struct RecoveryHandlers: Sendable {
    let factors: FactorHandlers

    /// `GET /recovery`
    func show(_ request: Request, _ context: ServiceRequestContext) async throws -> Response {
        let visit = try await factors.visits.look(request, context)
        guard let person = visit.person else { return try await factors.turnAway(visit) }
        guard let owned = try await factors.factors(of: person) else {
            return try await factors.signIn.refuse(visit, .sessionEnded)
        }
        let left = owned.first { $0.kind == "recovery" }?.codesRemaining
        return try factors.desk.page(visit) { RecoveryPage(page: $0, left: left.map { String($0) }) }
    }

    /// `POST /recovery`: the answer is the only page that ever shows the codes. A reload sends the form again with the
    /// token of a session that is over, so that it is refused and the codes on paper stay good.
    func create(_ request: Request, _ context: ServiceRequestContext) async throws -> Response {
        let (visit, _) = try await factors.visits.submission(request, context)
        guard let person = visit.person else { return try await factors.turnAway(visit) }
        let calls = factors.calls.with(ticket: SecretBytes(utf8: person.ticket))
        let made: CreateFactorResponse
        do {
            made = try await calls.factors.create("me", CreateFactorRequest(kind: "recovery"))
        } catch {
            return try await answer(to: error, visit, person, calls)
        }
        guard let codes = made.recoveryCodes, let ticket = made.ticket else {
            throw Problem(EdgeCode.internal, reason: "sdk-service made recovery codes and told none, or no ticket")
        }
        // The ticket is a new one after a change, and so is the session (R75).
        let next = try await factors.visits.begin(
            .signedIn(SignedIn(name: person.name, ticket: ticket)), after: visit)
        return try show(codes, to: next)
    }

    private func show(_ codes: [String], to visit: Visit) throws -> Response {
        let moment = FactorsPage.Moment(SystemClock.now(), language: visit.language)
        return try factors.desk.page(visit) { RecoveryCodesPage(page: $0, codes: codes, made: moment) }
    }

    private func answer(
        to error: MFAClientError, _ visit: Visit, _ person: SignedIn, _ calls: MFAClient
    ) async throws -> Response {
        guard case .problem(let problem, _) = error else { throw error }
        switch (problem.status, problem.code) {
        case (401, _): return try await factors.signIn.refuse(visit, .sessionEnded)
        case (_, ErrorCode.stepUpRequired.rawValue):
            // What the ticket still opens goes with the session that held it.
            try? await calls.portal.endTicket()
            return try await factors.signIn.refuse(visit, .signInAgain, name: person.name)
        case (_, ErrorCode.conflict.rawValue):
            let alert = factors.desk.text("recoveryFull", for: visit)
            return try factors.desk.page(visit, status: .conflict) { RecoveryPage(page: $0, left: nil, alert: alert) }
        default: throw error
        }
    }
}

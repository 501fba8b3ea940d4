// SPDX-License-Identifier: Apache-2.0
internal import HTTPKit
internal import HTTPTypes
internal import Hummingbird
internal import MFAAPI
internal import MFAClient
internal import Primitives

/// `GET /factors`: what a person signs in with.
struct FactorHandlers: Sendable {
    let calls: MFAClient
    let visits: Visits
    let desk: PageDesk
    let signIn: SignInHandlers

    func list(_ request: Request, _ context: ServiceRequestContext) async throws -> Response {
        let visit = try await visits.look(request, context)
        guard let person = visit.person else { return try await turnAway(visit) }
        // The ticket may have ended: disabled, another password, other factors. So has the session then (R75).
        guard let factors = try await factors(of: person) else {
            return try await signIn.refuse(visit, .sessionEnded)
        }
        return try desk.page(visit) { page in
            FactorsPage(page: page, factors: factors, language: visit.language, text: { desk.text($0, for: visit) })
        }
    }

    /// Nil when the ticket opens nothing any more.
    func factors(of person: SignedIn) async throws -> [FactorResponse]? {
        do {
            return try await calls.with(ticket: SecretBytes(utf8: person.ticket)).factors.list("me").items
        } catch MFAClientError.problem(let problem, _) where problem.status == 401 {
            return nil
        }
    }

    /// Asks an anonymous visitor to sign in, and sends one who is in the middle of it back there.
    func turnAway(_ visit: Visit) async throws -> Response {
        if visit.pending != nil { return desk.redirect(visit, to: PortalPaths.start) }
        return try await signIn.refuse(visit, .signInFirst)
    }
}

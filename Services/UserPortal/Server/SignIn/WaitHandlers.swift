// SPDX-License-Identifier: Apache-2.0
internal import HTTPKit
internal import HTTPTypes
internal import Hummingbird

/// Waiting for the phone: a page with the number, and one form that asks how things stand.
///
/// The script submits the form in the background, held until something happens, and then for good. Only the latter
/// moves the browser to its new session: an answer to a background request may be lost when the page is reloaded, and
/// the ticket, which is told only once, then still lies sealed in the session that waits.
struct WaitHandlers: Sendable {
    let service: SignInService
    let visits: Visits
    let desk: PageDesk
    let signIn: SignInHandlers

    private struct State: Encodable {
        let state: String
    }

    /// `GET /sign-in/wait`
    func show(_ request: Request, _ context: ServiceRequestContext) async throws -> Response {
        let visit = try await visits.look(request, context)
        guard let pending = visit.pending, pending.factor == "push" else {
            return desk.redirect(visit, to: PortalPaths.start)
        }
        return try page(visit, pending)
    }

    /// `POST /sign-in/wait`; with the field `wait` it is the script that asks.
    func look(_ request: Request, _ context: ServiceRequestContext) async throws -> Response {
        let (visit, form) = try await visits.submission(request, context, names: ["wait"])
        guard let pending = visit.pending, pending.factor == "push" else {
            guard form["wait"] == nil else { return try JSONBody.response(State(state: "decided")) }
            // Decided already and gone on with, in another window.
            if visit.person != nil { return desk.redirect(visit, to: PortalPaths.factors) }
            return try await signIn.refuse(visit, .signInFirst)
        }
        let outcome = try await outcome(of: pending, visit, waitSeconds: form["wait"].flatMap { Int($0) } ?? 0)
        if form["wait"] != nil {
            if case .open = outcome { return try JSONBody.response(State(state: "pending")) }
            return try JSONBody.response(State(state: "decided"))
        }
        guard case .open(let pending) = outcome else { return try await signIn.conclude(visit, pending, outcome) }
        return try page(visit, pending, note: desk.text("waitNote", for: visit))
    }

    /// The ticket that an earlier request has kept counts first; a ticket told now is kept before anything else.
    private func outcome(of pending: PendingSignIn, _ visit: Visit, waitSeconds: Int) async throws -> SignInOutcome {
        if let ticket = pending.ticket { return .approved(ticket: ticket) }
        switch try await service.look(at: pending, waitSeconds: waitSeconds) {
        case .approved(let ticket):
            var pending = pending
            pending.ticket = ticket
            _ = try await visits.change(visit, to: pending)
            return .approved(ticket: ticket)
        case .approvedElsewhere:
            guard case .signingIn(let now) = try await visits.store.use(visit.id), let ticket = now.ticket else {
                return .approvedElsewhere
            }
            return .approved(ticket: ticket)
        case let outcome: return outcome
        }
    }

    private func page(_ visit: Visit, _ pending: PendingSignIn, note: String? = nil) throws -> Response {
        try desk.page(visit) {
            WaitPage(
                page: $0, user: pending.name, number: pending.number, note: note,
                waitSeconds: SignInService.waitSecondsMax)
        }
    }
}

// SPDX-License-Identifier: Apache-2.0
internal import HTTPKit
internal import HTTPTypes
internal import Hummingbird
internal import MFAClient
internal import Primitives

/// The end of a session, by the person's own wish.
struct SignOutHandlers: Sendable {
    let calls: MFAClient
    let visits: Visits
    let desk: PageDesk

    /// `POST /sign-out`
    func signOut(_ request: Request, _ context: ServiceRequestContext) async throws -> Response {
        let (visit, _) = try await visits.submission(request, context)
        let ended = try await visits.end(visit)
        if let person = visit.person {
            // With the session went the only key to the ticket; that it could not be ended too opens nothing.
            try? await calls.with(ticket: SecretBytes(utf8: person.ticket)).portal.endTicket()
        }
        return desk.redirect(ended, to: PortalPaths.signedOut)
    }

    /// `GET /signed-out`
    func showSignedOut(_ request: Request, _ context: ServiceRequestContext) async throws -> Response {
        let visit = try await visits.look(request, context)
        if visit.person != nil { return desk.redirect(visit, to: PortalPaths.factors) }
        return try desk.page(visit) { SignedOutPage(page: $0) }
    }
}

// SPDX-License-Identifier: Apache-2.0
internal import HTTPKit
internal import HTTPTypes
internal import Hummingbird
internal import Pages

/// Finds out whose request it is, and begins and ends sessions.
///
/// | id of | has a row | ends |
/// |---|---|---|
/// | an anonymous visitor | no: looking writes nothing | with the right password |
/// | a sign-in under way | yes | with the decision or its cancellation |
/// | a signed-in person | yes | at sign-out, with the ticket, or by its limits |
struct Visits: Sendable {
    let store: PostgresSessionStore
    let cookie: HostCookie
    let paths: PortalPaths
    let strings: PageStrings
    let forms: FormGuard

    /// The visit of a request that only looks.
    func look(_ request: Request, _ context: ServiceRequestContext) async throws -> Visit {
        try await visit(request, context, id: SessionID(cookie: cookie.value(in: request)))
    }

    /// The visit of a form, whose fields are handed back once it has proved where it came from.
    func submission(
        _ request: Request, _ context: ServiceRequestContext, names: Set<String> = []
    ) async throws -> (visit: Visit, form: FormBody) {
        let id = SessionID(cookie: cookie.value(in: request))
        let form = try await forms.fields(of: request, names: names, for: id)
        return (try await visit(request, context, id: id), form)
    }

    /// Goes on under a new session id (R75).
    func begin(_ content: SessionContent, after visit: Visit) async throws -> Visit {
        let old = visit.content == nil ? nil : visit.id
        return visit.moved(to: try await store.begin(content, after: old), content: content)
    }

    /// Keeps what has become of a sign-in under way.
    func change(_ visit: Visit, to pending: PendingSignIn) async throws -> Visit {
        try await store.change(visit.id, to: .signingIn(pending))
        return visit.with(.signingIn(pending))
    }

    /// Ends the session on the server; the visit goes on anonymously under a fresh id.
    func end(_ visit: Visit) async throws -> Visit {
        if visit.content != nil { try await store.end(visit.id) }
        return visit.moved()
    }

    private func visit(_ request: Request, _ context: ServiceRequestContext, id: SessionID?) async throws -> Visit {
        var content: SessionContent?
        if let id { content = try await store.use(id) }
        return Visit(
            base: paths.base(of: context.peer.originalTarget),
            language: strings.language(accepting: request.headers[.acceptLanguage]), address: context.peerAddress,
            id: id ?? SessionID(), isFresh: id == nil, content: content)
    }
}

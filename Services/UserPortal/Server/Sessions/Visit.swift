// SPDX-License-Identifier: Apache-2.0

/// One request, with the session it belongs to.
struct Visit: Sendable {
    /// The portal's own path, which links continue.
    let base: String
    let language: String
    /// As the connection shows it.
    let address: String
    let id: SessionID
    /// Whether the browser does not have this id yet.
    let isFresh: Bool
    /// Nil for an anonymous visitor.
    let content: SessionContent?

    /// The person, once both factors are proved.
    var person: SignedIn? {
        if case .signedIn(let person) = content { person } else { nil }
    }

    /// The sign-in that waits for its second proof.
    var pending: PendingSignIn? {
        if case .signingIn(let pending) = content { pending } else { nil }
    }

    var signedInName: String? { person?.name }

    /// The same visit under another session; without one, under a fresh anonymous id.
    func moved(to id: SessionID = SessionID(), content: SessionContent? = nil) -> Visit {
        Visit(base: base, language: language, address: address, id: id, isFresh: true, content: content)
    }

    /// The same visit after its session's content changed.
    func with(_ content: SessionContent) -> Visit {
        Visit(base: base, language: language, address: address, id: id, isFresh: isFresh, content: content)
    }
}

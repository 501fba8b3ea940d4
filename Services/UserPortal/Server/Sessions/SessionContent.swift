// SPDX-License-Identifier: Apache-2.0

/// What a session holds, sealed whenever it lies in the table.
package enum SessionContent: Sendable {
    /// The password was right; the second proof is still open.
    case signingIn(PendingSignIn)
    case signedIn(SignedIn)

    /// The column beside the sealed content, which it is bound to.
    var stage: String {
        switch self {
        case .signingIn: "signing_in"
        case .signedIn: "signed_in"
        }
    }
}

/// A sign-in under way, between right password and decision.
package struct PendingSignIn: Codable, Sendable, Equatable {
    /// The sign-in's id at sdk-service.
    package var id: String
    /// The name as the person typed it.
    package var name: String
    /// What there is to choose from.
    package var factors: [String]
    /// The person's choice: `push` or `passcode`.
    package var factor: String?
    /// What the person types into the phone.
    package var number: String?
    /// Approved: told once by sdk-service, kept here until the browser comes for its new session.
    package var ticket: String?

    package init(id: String, name: String, factors: [String]) {
        self.id = id
        self.name = name
        self.factors = factors
    }
}

/// A person who has proved both factors.
package struct SignedIn: Codable, Sendable, Equatable {
    /// The name as the person typed it.
    package var name: String
    /// Opens the person's own data at sdk-service.
    package var ticket: String

    package init(name: String, ticket: String) {
        self.name = name
        self.ticket = ticket
    }
}

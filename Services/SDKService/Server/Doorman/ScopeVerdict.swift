// SPDX-License-Identifier: Apache-2.0
package import MFAAPI

/// Whether an account may do what it asks for (R69).
package enum ScopeVerdict: Equatable, Sendable {
    case allowed
    case refused(ScopeRefusal)

    /// - Parameters:
    ///   - user: the name in the path, as it was sent; nil where the operation has none.
    ///   - hasTicket: whether a person's ticket came along; whether it holds is for mfa-core to say.
    package init(_ scopes: Set<Scope>, operation: Operation, user: String?, hasTicket: Bool) {
        let fitting = scopes.intersection(operation.scopes)
        guard !fitting.isEmpty else {
            self = .refused(.scopeMissing)
            return
        }
        // Whoever has only the portal's scope acts for the person whose ticket it shows, and for nobody else.
        guard fitting == [.portal], let user else {
            self = .allowed
            return
        }
        if user != "me" {
            self = .refused(.otherPerson)
        } else {
            self = hasTicket ? .allowed : .refused(.ticketMissing)
        }
    }
}

/// Why an account may not; told to the audit.
package enum ScopeRefusal: String, Sendable {
    case scopeMissing = "scope_missing"
    case otherPerson = "other_person"
    case ticketMissing = "ticket_missing"
}

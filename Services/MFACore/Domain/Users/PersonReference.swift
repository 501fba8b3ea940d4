// SPDX-License-Identifier: Apache-2.0
import Primitives

/// A person as a path names one: by id, by any spelling of the name, or `me` with a ticket.
package struct PersonReference: Sendable {
    package let subject: PersonSubject

    /// - Throws: ``Refusal`` `forbidden` when a ticket is presented for anybody but `me`, or `me` comes without one.
    package init(_ text: String, caller: Caller, domains: IdentityDomains) throws(Refusal) {
        if let hash = caller.ticketHash {
            guard text == "me" else {
                throw Refusal(.forbidden, detail: "A ticket opens only “me”.", reason: "ticket for \(text.count) chars")
            }
            subject = .ticket(hash: hash)
        } else if let id = UserID(text) {
            subject = .user(id)
        } else if let name = CanonicalName(text, domains: domains) {
            subject = .name(name)
        } else {
            subject = .impossibleName
        }
    }
}

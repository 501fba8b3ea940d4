// SPDX-License-Identifier: Apache-2.0

/// What the suite itself keeps of what happened to some people: rows of the database, as read by its superuser.
package struct Evidence: Sendable {
    /// A row of the audit.
    package struct AuditRow: Sendable, Hashable {
        package let id: Int
        package let event: String
        package let user: String
        package var factor: String?
        package var signIn: String?
        /// The phone whose answer it was, where that decided nothing in its own name.
        package var device: String?
        /// Whether the person may sign in from then on, where the row changed that.
        package var enabled: Bool?
        /// Microseconds since 1970, by the database.
        package var at: Int
        /// The whole row as text.
        package var text: String

        package init(
            _ id: Int, _ event: String, user: String, factor: String? = nil, signIn: String? = nil,
            device: String? = nil, enabled: Bool? = nil, at: Int = 0, text: String? = nil
        ) {
            self.id = id
            self.event = event
            self.user = user
            self.factor = factor
            self.signIn = signIn
            self.device = device
            self.enabled = enabled
            self.at = at
            self.text = text ?? "\(id) \(event)"
        }
    }

    /// A factor; a person of a scenario has one kind of passcodes and one phone at most.
    package struct Factor: Sendable {
        package let id: String
        package let user: String
        package let kind: String
        package var failures = 0
        package var lastStep: Int?
        package var publicKey: [UInt8]?

        package init(
            id: String, user: String, kind: String, failures: Int = 0, lastStep: Int? = nil, publicKey: [UInt8]? = nil
        ) {
            self.id = id
            self.user = user
            self.kind = kind
            self.failures = failures
            self.lastStep = lastStep
            self.publicKey = publicKey
        }
    }

    /// A sign-in, with what a phone signed to decide it.
    package struct SignIn: Sendable {
        package let id: String
        package let user: String
        package let state: String
        package var factorKind: String?
        package var factor: String?
        package var number: String?
        package var message: [UInt8]?
        package var signature: [UInt8]?
        package var signingKey: [UInt8]?
        /// Seconds since its time was over; negative before.
        package var secondsLate = -60

        package init(id: String, user: String, state: String) {
            self.id = id
            self.user = user
            self.state = state
        }
    }

    /// In order of their ids.
    package var audit: [AuditRow] = []
    /// Rows as somebody read them while things went on.
    package var copies: [AuditRow] = []
    package var factors: [Factor] = []
    package var signIns: [SignIn] = []

    package init() {}

    /// The audit of one person.
    func audit(of user: String) -> [AuditRow] { audit.filter { $0.user == user } }
}

// SPDX-License-Identifier: Apache-2.0
import Postgres
package import Primitives

/// Which rows of the audit somebody asks for; what is nil is not asked about.
package struct AuditFilter: Sendable {
    package var user: UserID?
    package var event: String?
    package var outcome: String?
    package var reason: String?
    package var application: String?
    package var actor: String?
    package var frontEnd: String?
    package var signIn: SignInID?
    /// Not before this, and before that.
    package var since: Instant?
    package var until: Instant?

    package init(event: String? = nil) {
        self.event = event
    }

    /// As ``AuditStatements/list`` takes them, from `$3` on.
    var values: [PostgresValue] {
        [
            .id(user), .text(event), .text(outcome), .text(reason), .text(application), .text(actor), .text(frontEnd),
            .id(signIn), .instant(since), .instant(until),
        ]
    }
}

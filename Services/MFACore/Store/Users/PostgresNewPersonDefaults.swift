// SPDX-License-Identifier: Apache-2.0
package import MFADomain
package import Postgres

/// Keeps what new people begin with; each change and its audit row are one transaction.
package struct PostgresNewPersonDefaults: Sendable {
    private let client: PostgresClient
    private let instance: String

    /// - Parameter instance: names this host in the audit.
    package init(client: PostgresClient, instance: String) {
        self.client = client
        self.instance = instance
    }

    /// What holds now.
    package func read() async throws -> NewPersonDefaults {
        try await client.query(NewPersonStatements.read).first.map { try NewPersonStatements.defaults($0) }
            ?? NewPersonDefaults()
    }

    /// Changes what holds from the next new person on; where nothing changes, nothing is written.
    ///
    /// - Parameter change: makes what there is what there is to be; two changes at once come one after the other.
    package func change(
        caller: Caller, _ change: @Sendable (inout NewPersonDefaults) throws -> Void
    ) async throws -> NewPersonDefaults {
        try await client.withTransaction { transaction in
            _ = try await transaction.query(NewPersonStatements.lock)
            let row = try await transaction.query(NewPersonStatements.read).first
            let before = try row.map { try NewPersonStatements.defaults($0) } ?? NewPersonDefaults()
            var after = before
            try change(&after)
            guard after != before else { return before }
            let event = AuditEvent(
                "user.defaults_changed", outcome: "done",
                changes: AuditChange.between(before.auditFacts, after.auditFacts))
            _ = try await transaction.batch([
                (
                    NewPersonStatements.write,
                    [
                        .text(after.language), .text(after.preferredFactor?.rawValue), .texts(after.groups),
                        .boolean(after.isEnabled), .text(caller.account),
                    ]
                ),
                AuditStatements.appending([event], caller: caller, instance: instance),
            ])
            return after
        }
    }
}

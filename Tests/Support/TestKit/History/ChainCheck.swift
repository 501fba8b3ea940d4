// SPDX-License-Identifier: Apache-2.0

internal import MFACoreStore
package import Postgres

/// I4: the hash chain over the audit, looked at again and again, each time from where it was looked at before.
///
/// What stands before that place is believed here, as long as its last link is the one that was there; `mfa-core audit
/// verify` looks at all of it.
package actor ChainCheck {
    /// Rows that the chain does not have yet.
    private static let behind = """
        select count(*) as rows from core.audit_event e
         where (e.xid, e.id) > (
            coalesce((select xid from core.audit_link order by seq desc limit 1), '0'),
            coalesce((select audit_id from core.audit_link order by seq desc limit 1), 0))
        """

    private let configuration: @Sendable () -> PostgresConfiguration
    private var seq: Int64 = 0
    private var hash = AuditChain.start
    /// Whether anybody has asked.
    package private(set) var isUsed = false

    /// - Parameter configuration: how to log in now as somebody who may read the audit; the server may be another one
    ///   each time.
    package init(_ configuration: @escaping @Sendable () -> PostgresConfiguration) {
        self.configuration = configuration
    }

    /// Waits until every row has its link, and compares the rows since the last time with theirs.
    ///
    /// - Parameter patience: how long the rows may wait; mfa-core writes links every second.
    package func violations(within patience: Duration = .seconds(30)) async throws -> [Violation] {
        isUsed = true
        do {
            try await eventually("every row of the audit has its link", within: patience) {
                try await rows(Self.behind).first?.integer("rows") == 0
            }
        } catch let error as TestKitError {
            return [Violation("I4", error.description)]
        }
        guard try await isKept() else {
            return [Violation("I4", "link \(seq) of the chain is not the one that was there before")]
        }
        var login = configuration()
        (login.readConnections, login.writeConnections) = (2, 1)
        let start = AuditWalk(after: seq, hash: hash)
        let verdict = try await PostgresClient.withClient(login, logger: .silent) { client in
            try await PostgresAuditVerifier(client: client).walk(from: start)
        }
        if let fault = verdict.fault { return [Violation("I4", fault.sentence)] }
        (seq, hash) = (verdict.links, verdict.hash)
        return []
    }

    /// Whether the last link that was looked at is there still.
    private func isKept() async throws -> Bool {
        if seq == 0 { return true }
        return try await rows("select hash from core.audit_link where seq = \(seq)").first?.bytes("hash") == hash
    }

    private func rows(_ sql: String) async throws -> [Row] {
        try await PlainSession.open(configuration()) { try $0.run(sql) }
    }
}

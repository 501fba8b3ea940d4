// SPDX-License-Identifier: Apache-2.0
package import MFADomain
package import Postgres
import Primitives

/// One run of the periodic work, in one transaction that only one copy at a time gets to do.
package struct PostgresHousekeeping: Sendable {
    private let client: PostgresClient
    private let instance: String
    private let retention: Duration
    private let announce: @Sendable ([SignIn]) -> Void

    /// - Parameter retention: how long decided sign-ins are kept.
    package init(
        client: PostgresClient, instance: String, retention: Duration,
        announce: @escaping @Sendable ([SignIn]) -> Void
    ) {
        self.client = client
        self.instance = instance
        self.retention = retention
        self.announce = announce
    }

    /// Does what is due; returns at once when another copy is at it.
    package func run() async throws {
        let expired = try await client.withTransaction(deadline: .seconds(30)) { transaction -> [SignIn] in
            let lock = try await transaction.query(HousekeepingStatements.lock)
            guard try lock.first?.boolean("locked") == true else { return [] }
            let rows = try await transaction.query(HousekeepingStatements.expire)
            var expired: [SignIn] = []
            for row in rows { expired.append(try SignInRow.signIn(row)) }
            _ = try await transaction.batch([
                (HousekeepingStatements.freeKeys, []),
                (HousekeepingStatements.forgetAnswers, []),
                (HousekeepingStatements.forgetNonces, []),
                (HousekeepingStatements.forgetTickets, []),
                (HousekeepingStatements.forgetActivations, []),
                (HousekeepingStatements.forgetAddresses, []),
                (HousekeepingStatements.forgetSignIns, [.interval(retention)]),
                (AuditStatements.ensureNextPartition, []),
            ])
            let caller = Caller(account: "housekeeping", frontEnd: "core")
            let events = expired.map { signIn in
                AuditRow(
                    AuditEvent(
                        signIn.prompt == nil ? "sign_in.expired" : "push.expired", outcome: "expired",
                        application: signIn.application, clientAddress: signIn.clientAddress, userID: signIn.userID,
                        signInID: signIn.id), caller: caller, instance: instance)
            }
            _ = try await transaction.finish(
                AuditStatements.append, [.json(AuditRow.json(events)), .integer(events.count)])
            return expired
        }
        DecisionMetrics.count(expired)
        if !expired.isEmpty { announce(expired) }
    }
}

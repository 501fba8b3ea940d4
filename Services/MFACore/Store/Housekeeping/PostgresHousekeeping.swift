// SPDX-License-Identifier: Apache-2.0
package import MFADomain
package import Postgres
import Primitives

/// One run of the periodic work, in one transaction that only one copy at a time gets to do.
package struct PostgresHousekeeping: Sendable {
    private let client: PostgresClient
    private let instance: String
    private let retention: Duration
    private let prompts: PromptLimits
    private let announce: @Sendable ([SignIn]) -> Void

    /// - Parameter retention: how long decided sign-ins are kept.
    package init(
        client: PostgresClient, instance: String, retention: Duration, prompts: PromptLimits,
        announce: @escaping @Sendable ([SignIn]) -> Void
    ) {
        self.client = client
        self.instance = instance
        self.retention = retention
        self.prompts = prompts
        self.announce = announce
    }

    /// What one run did that others hear of.
    private struct Done {
        var expired: [SignIn] = []
        var events: [AuditEvent] = []
    }

    /// Does what is due; returns at once when another copy is at it.
    package func run() async throws {
        let done = try await client.withTransaction(deadline: .seconds(30)) { transaction -> Done in
            let lock = try await transaction.query(HousekeepingStatements.lock)
            guard try lock.first?.boolean("locked") == true else { return Done() }
            var done = try await expire(in: transaction)
            done.events += try await suspendPrompts(of: done.expired, in: transaction)
            _ = try await transaction.batch([
                (HousekeepingStatements.freeKeys, []),
                (HousekeepingStatements.forgetAnswers, []),
                (HousekeepingStatements.forgetNonces, []),
                (HousekeepingStatements.forgetTickets, []),
                (HousekeepingStatements.forgetActivations, []),
                (HousekeepingStatements.forgetGuesses, []),
                (HousekeepingStatements.forgetAddresses, []),
                (HousekeepingStatements.forgetSignIns, [.interval(retention)]),
                (AuditStatements.ensureNextPartition, []),
            ])
            let caller = Caller(account: "housekeeping", frontEnd: "core")
            let (append, values) = AuditStatements.appending(done.events, caller: caller, instance: instance)
            _ = try await transaction.finish(append, values)
            return done
        }
        DecisionMetrics.count(done.expired)
        DecisionMetrics.countAlarms(done.events.map(\.event))
        if !done.expired.isEmpty { announce(done.expired) }
    }

    private func expire(in transaction: Transaction) async throws -> Done {
        var done = Done()
        for row in try await transaction.query(HousekeepingStatements.expire) {
            let signIn = try SignInRow.signIn(row)
            done.expired.append(signIn)
            done.events.append(
                AuditEvent(
                    signIn.prompt == nil ? "sign_in.expired" : "push.expired", outcome: "expired",
                    application: signIn.application, clientAddress: signIn.clientAddress, userID: signIn.userID,
                    signInID: signIn.id))
        }
        return done
    }

    /// A prompt that nobody answered may have been one too many (R26).
    private func suspendPrompts(of expired: [SignIn], in transaction: Transaction) async throws -> [AuditEvent] {
        let users = Set(expired.compactMap { $0.prompt == nil ? nil : $0.userID })
        guard !users.isEmpty else { return [] }
        let rows = try await transaction.query(
            HousekeepingStatements.suspendPrompts, [.ids(Array(users)), .integer(prompts.suspendAfter)])
        return try rows.map { row in
            AuditEvent(
                AuditEvent.Alarm.promptsSuspended.rawValue, outcome: "done", reason: "unanswered_prompts",
                userID: try row.id("id"), detail: ["unanswered": String(try row.integer("prompts_unanswered"))])
        }
    }
}

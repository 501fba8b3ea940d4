// SPDX-License-Identifier: Apache-2.0
package import MFADomain
package import Postgres
package import Primitives

/// One run of the periodic work, in one transaction that only one copy at a time gets to do.
package struct PostgresHousekeeping: Sendable {
    private let client: PostgresClient
    private let clock: ClockSanity
    private let wall: @Sendable () -> Instant
    private let instance: String
    private let retention: Duration
    private let prompts: PromptLimits
    private let announce: @Sendable ([SignIn]) -> Void

    /// - Parameters:
    ///   - wall: this host's time of day; tests pass their own.
    ///   - retention: how long decided sign-ins are kept.
    package init(
        client: PostgresClient, clock: ClockSanity, wall: @escaping @Sendable () -> Instant = WallClock.now,
        instance: String, retention: Duration, prompts: PromptLimits, announce: @escaping @Sendable ([SignIn]) -> Void
    ) {
        self.client = client
        self.clock = clock
        self.wall = wall
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

    /// Does what is due; returns at once when another copy is at it, or when it cannot be told what is due: by a clock
    /// that is a day ahead every sign-in would be late, and every guess that stands against somebody forgotten (R93).
    package func run() async throws {
        let done = try await client.withTransaction(deadline: .seconds(30)) { transaction -> Done in
            let sent = wall()
            guard let lock = try await transaction.query(HousekeepingStatements.lock).first,
                clock.judge(database: try lock.instant("now"), sent: sent, received: wall()),
                try lock.boolean("locked")
            else { return Done() }
            var done = try await expire(in: transaction)
            done.events += try await suspendPrompts(of: done.expired, in: transaction)
            done.events += try await endBlocks(in: transaction)
            _ = try await transaction.batch([
                (HousekeepingStatements.freeKeys, []),
                (HousekeepingStatements.forgetAnswers, []),
                (HousekeepingStatements.forgetNonces, []),
                (HousekeepingStatements.forgetTickets, []),
                (HousekeepingStatements.forgetActivations, []),
                (HousekeepingStatements.forgetGuesses, []),
                (HousekeepingStatements.forgetAddresses, []),
                (HousekeepingStatements.forgetBypassCounts, []),
                (HousekeepingStatements.forgetApprovals, []),
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

    /// Takes away blocks that are over, and tells the audit so.
    private func endBlocks(in transaction: Transaction) async throws -> [AuditEvent] {
        try await transaction.query(HousekeepingStatements.endBlocks).map { row in
            AuditEvent(
                "user.block_ended", outcome: "done", reason: "time_over", userID: try row.id("id"),
                detail: [
                    "reason": try row.optionalText("blocked_reason") ?? "",
                    "until": try row.instant("blocked_until").description,
                ])
        }
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

// SPDX-License-Identifier: Apache-2.0
package import MFADomain
import OneTimePassword
package import Postgres
package import Primitives

/// Tells a database that was restored from one that goes on, and makes a restored one safe to serve with (R91).
package struct RestoreFence: Sendable {
    /// A fence touches every factor there is; the role's own limits are for people who sign in.
    private static let deadline: Duration = .seconds(600)

    /// What a fence did.
    package struct Raised: Sendable, Equatable {
        package let seen: LastSeen
        /// How many of each thing it ended.
        package let ended: [String: Int64]
    }

    private let client: PostgresClient
    private let windows: OneTimePasswordWindows
    private let instance: String

    /// - Parameters:
    ///   - windows: how far passcodes were accepted.
    ///   - instance: names this copy in the audit.
    package init(client: PostgresClient, windows: OneTimePasswordWindows, instance: String) {
        self.client = client
        self.windows = windows
        self.instance = instance
    }

    /// Where the database is, and where it served last.
    package func look() async throws(PostgresError) -> RestoreSighting {
        guard let row = try await client.query(RestoreStatements.look).first else {
            throw PostgresError(.decoding, "the database does not say where it is")
        }
        var served: LastSeen?
        if let system = try row.optionalText("served_system") {
            served = LastSeen(
                place: DatabasePlace(systemIdentifier: system, database: try row.integer("served_database")),
                timeline: try row.integer("served_timeline"), epoch: try row.integer("epoch"),
                mark: try row.integer("mark"))
        }
        return RestoreSighting(
            place: try Self.place(row), timeline: try row.integer("timeline"), served: served,
            isFencedJustNow: try row.boolean("fenced_just_now"))
    }

    /// Says where the database serves, unless that was said before.
    package func begin() async throws(PostgresError) {
        _ = try await client.execute(RestoreStatements.begin)
    }

    /// Raises the mark of the database that was seen last.
    ///
    /// - Returns: how far it has come; nil where it is another one, or of another epoch.
    package func mark(_ epoch: Int64) async throws(PostgresError) -> LastSeen? {
        guard let row = try await client.execute(RestoreStatements.mark, [.integer(epoch)]).first else { return nil }
        return try Self.seen(row)
    }

    /// Ends everything that a restored database would make good once more, all or nothing.
    ///
    /// - Parameters:
    ///   - seen: what the copy has seen last; the new epoch and mark are beyond it.
    ///   - sign: by what the restore was told; nil when it was declared alone.
    package func raise(beyond seen: LastSeen?, sign: RestoreSign?) async throws -> Raised {
        try await client.withTransaction(deadline: Self.deadline) { transaction in
            let (epoch, mark): (Int64, Int64) = (seen?.epoch ?? 0, seen?.mark ?? 0)
            let rows = try await transaction.batch([
                (RestoreStatements.limits, [.text("\(Self.deadline.components.seconds * 1000)")]),
                (RestoreStatements.lock, []),
                (RestoreStatements.raise, [.integer(epoch), .integer(mark)]),
            ])
            guard let row = rows.last?.first else {
                throw PostgresError(.decoding, "the database does not say where it is")
            }
            let now = try Self.seen(row)
            let lastCounter = Int64(OneTimePasswordLimits.counterMax)
            var changes: [(Statement, [PostgresValue])] = RestoreStatements.endings.map { ($0.statement, []) }
            changes.append((RestoreStatements.spendSteps, [.integer(windows.steps)]))
            changes.append((RestoreStatements.spendCounters, [.integer(windows.lookAhead), .integer(lastCounter)]))
            let names = RestoreStatements.endings.map { $0.name } + ["steps", "counters"]
            var ended: [String: Int64] = [:]
            for (name, rows) in zip(names, try await transaction.batch(changes)) {
                ended[name] = try rows.first?.integer("n") ?? 0
            }
            var detail = ended.mapValues { "\($0)" }
            detail["epoch"] = "\(now.epoch)"
            let event = AuditEvent(
                "database.restored", outcome: "done", reason: sign?.rawValue ?? "declared", detail: detail)
            let (append, values) = AuditStatements.appending(
                [event], caller: Caller(account: "serve", frontEnd: "core"), instance: instance)
            _ = try await transaction.finish(append, values)
            return Raised(seen: now, ended: ended)
        }
    }

    /// The last restore that was declared; nil where there was none. Whoever reads the audit may ask.
    package static func declared(
        _ client: PostgresClient
    ) async throws(PostgresError) -> (at: Instant, epoch: Int64)? {
        guard let row = try await client.query(RestoreStatements.declared).first else { return nil }
        return (try row.instant("fenced_at"), try row.integer("epoch"))
    }

    private static func place(_ row: Row) throws(PostgresError) -> DatabasePlace {
        DatabasePlace(
            systemIdentifier: try row.text("system_identifier"), database: try row.integer("database_oid"))
    }

    private static func seen(_ row: Row) throws(PostgresError) -> LastSeen {
        LastSeen(
            place: try place(row), timeline: try row.integer("timeline"), epoch: try row.integer("epoch"),
            mark: try row.integer("mark"))
    }
}

// SPDX-License-Identifier: Apache-2.0
import MFACoreStore
import Postgres
import Primitives

/// What `migrate` does.
package enum SchemaAdministration {
    private struct ReportedMigration: Encodable {
        let number: Int
        let name: String
        /// `applied`, `pending`, `changed` or `unknown`.
        let state: String
        let appliedAt: Instant?
    }

    /// Applies what is pending, and makes the audit's partitions of this month and the next ones.
    package static func migrate(_ options: CommandOptions) async throws -> CommandReport {
        let applied = try await run(options) { migrator, login, owner in
            let applied = try await migrator.migrate()
            try await AuditPartitions.makeAhead(login, owner: owner)
            return applied
        }
        let text =
            applied.isEmpty
            ? "The schema is up to date.\n"
            : applied.map { "Applied migration \($0.number) (\($0.name)).\n" }.joined()
        return try CommandReport(
            text,
            document: ReportedItems(
                applied.map { ReportedMigration(number: $0.number, name: $0.name, state: "applied", appliedAt: nil) }))
    }

    /// Says where each migration stands, and changes nothing.
    package static func status(_ options: CommandOptions) async throws -> CommandReport {
        let items = try await run(options) { migrator, _, _ in try await migrator.status() }.map { status in
            switch status.state {
            case .pending: item(status, "pending", nil)
            case .applied(let time): item(status, "applied", time)
            case .changed(let time): item(status, "changed", time)
            case .unknown(let time): item(status, "unknown", time)
            }
        }
        var table = TextTable(["NUMBER", "NAME", "STATE", "APPLIED AT"])
        for item in items { table.add([String(item.number), item.name, item.state, item.appliedAt?.description]) }
        return try CommandReport(table.text(empty: "There are no migrations."), document: ReportedItems(items))
    }

    private static func item(_ status: Migrator.Status, _ state: String, _ time: Instant?) -> ReportedMigration {
        ReportedMigration(number: status.number, name: status.name, state: state, appliedAt: time)
    }

    private static func run<R>(
        _ options: CommandOptions,
        _ body: (Migrator, _ login: PostgresConfiguration, _ owner: String) async throws -> R
    ) async throws -> R {
        var settings = try CommandSettings(options)
        let (database, owner) = settings.migration()
        try settings.requireSound()
        let migrator = Migrator(
            configuration: database, migrations: Migrations.all, role: owner, logger: CommandDatabase.logger)
        do {
            return try await body(migrator, database, owner)
        } catch let error as PostgresError where error.sqlState == "22023" || error.sqlState == "42501" {
            throw CommandFault.refused(
                "The role of migrate.database.url may not become “\(owner)” (migrate.ownerRole), or that role does not "
                    + "own the database; deploy/postgres/roles.sql makes both.")
        }
    }
}

// SPDX-License-Identifier: Apache-2.0

internal import Crypto
package import Logging
package import Primitives

/// Brings a schema forward, one numbered file after another, and says how far it is.
///
/// Each migration runs in a transaction of its own together with the row that records it; the row keeps the SHA-256 of
/// the file, so a file changed after it was applied is noticed. An advisory lock lets one migrator work at a time: a
/// second one waits and then finds nothing to do. There is no way back; a mistake is mended by the next migration.
package struct Migrator: Sendable {
    /// One numbered file.
    package struct Migration: Sendable, Hashable {
        package let number: Int
        /// Such as `users`, from `V0001__users.sql`.
        package let name: String
        /// Any number of statements, none of which may begin or end a transaction.
        package let sql: String

        package init(number: Int, name: String, sql: String) {
            self.number = number
            self.name = name
            self.sql = sql
        }
    }

    /// Where one migration stands.
    package struct Status: Sendable, Hashable {
        package enum State: Sendable, Hashable {
            case pending
            case applied(Instant)
            /// Applied, but from a file with another content.
            case changed(Instant)
            /// Applied by another version of the program; this one does not have it.
            case unknown(Instant)
        }

        package let number: Int
        package let name: String
        package let state: State
    }

    private let configuration: PostgresConfiguration
    private let migrations: [Migration]
    private let schema: String
    private let table: String
    private let role: String?
    private let logger: Logger

    /// - Parameters:
    ///   - schema: created if absent; the migrations may find it there (`create schema if not exists`).
    ///   - table: keeps what was applied.
    ///   - role: taken by `SET ROLE` after logging in, so that it owns what is created; nil to stay the login role.
    package init(
        configuration: PostgresConfiguration, migrations: [Migration], schema: String = "core",
        table: String = "schema_migration", role: String? = nil, logger: Logger
    ) {
        self.configuration = configuration
        self.migrations = migrations.sorted { $0.number < $1.number }
        self.schema = schema
        self.table = table
        self.role = role
        self.logger = logger
    }

    /// Applies what is pending.
    ///
    /// - Returns: the migrations applied now.
    /// - Throws: ``MigrationError`` in one sentence when the history and the files do not fit, or one of them fails;
    ///   what was applied before it stays. ``PostgresError`` when the database cannot be reached.
    package func migrate() async throws -> [Migration] {
        try await PlainSession.open(configuration) { session in
            try prepare(session)
            try session.run(
                Statement("migration.lock", "select pg_advisory_lock(hashtextextended($1, 0))"), [.text(qualifiedTable)]
            )
            try createTable(session)
            let pending = try pending(after: try recorded(session))
            for migration in pending { try apply(migration, session) }
            return pending
        }
    }

    /// Every migration that this program has or the database has seen, in order of number.
    package func status() async throws -> [Status] {
        try await PlainSession.open(configuration) { session in
            try prepare(session)
            let recorded = try exists("to_regclass", qualifiedTable, session) ? try recorded(session) : [:]
            let known = migrations.map { migration in
                Status(
                    number: migration.number, name: migration.name,
                    state: recorded[migration.number].map { record in
                        record.matches(migration) ? .applied(record.time) : .changed(record.time)
                    } ?? .pending)
            }
            let numbers = Set(migrations.map(\.number))
            let unknown = recorded.filter { !numbers.contains($0.key) }.map { number, record in
                Status(number: number, name: record.name, state: .unknown(record.time))
            }
            return (known + unknown).sorted { $0.number < $1.number }
        }
    }

    private struct Record {
        let name: String
        let checksum: [UInt8]
        let time: Instant

        func matches(_ migration: Migration) -> Bool {
            checksum == Array(SHA256.hash(data: Array(migration.sql.utf8)))
        }
    }

    private var qualifiedTable: String { "\(schema.quotedName).\(table.quotedName)" }

    private func prepare(_ session: PlainSession) throws {
        if let role { try session.run("set role \(role.quotedName)") }
    }

    private func createTable(_ session: PlainSession) throws {
        // Asked first, because `if not exists` wants the right to create even when there is nothing to do.
        if try !exists("to_regnamespace", schema.quotedName, session) {
            try session.run("create schema \(schema.quotedName)")
        }
        if try !exists("to_regclass", qualifiedTable, session) {
            try session.run(MigrationStatements.createTable(qualifiedTable))
        }
    }

    private func exists(_ function: String, _ name: String, _ session: PlainSession) throws -> Bool {
        try session.run(MigrationStatements.exists(function), [.text(name)]).first?.boolean("found") ?? false
    }

    private func recorded(_ session: PlainSession) throws -> [Int: Record] {
        var records: [Int: Record] = [:]
        for row in try session.run(MigrationStatements.readAll(qualifiedTable)) {
            records[Int(try row.integer("number"))] = Record(
                name: try row.text("name"), checksum: try row.bytes("checksum"), time: try row.instant("applied_at"))
        }
        return records
    }

    /// Refuses a history that these files did not make.
    private func pending(after recorded: [Int: Record]) throws(MigrationError) -> [Migration] {
        let numbers = migrations.map(\.number)
        if let twice = zip(numbers, numbers.dropFirst()).first(where: { $0 == $1 })?.0 {
            throw MigrationError(.disordered, "Two migrations have the number \(twice).")
        }
        if let missing = recorded.filter({ !numbers.contains($0.key) }).min(by: { $0.key < $1.key }) {
            throw MigrationError(
                .missing,
                "Migration \(missing.key) (\(missing.value.name)) was applied to this database, but this program does "
                    + "not have it; it is older than the database.")
        }
        for migration in migrations {
            guard let record = recorded[migration.number], !record.matches(migration) else { continue }
            throw MigrationError(
                .changed, "Migration \(migration.number) (\(migration.name)) was changed after it had been applied.")
        }
        let pending = migrations.filter { recorded[$0.number] == nil }
        if let first = pending.first, let last = recorded.keys.max(), first.number < last {
            throw MigrationError(
                .disordered, "Migration \(first.number) (\(first.name)) was never applied, but the later \(last) was.")
        }
        return pending
    }

    private func apply(_ migration: Migration, _ session: PlainSession) throws(MigrationError) {
        let checksum = Array(SHA256.hash(data: Array(migration.sql.utf8)))
        let record = MigrationStatements.record(qualifiedTable)
        do {
            try session.transaction {
                try session.run(migration.sql)
                try session.run(
                    record, [.integer(migration.number), .text(migration.name), .bytes(checksum)])
            }
        } catch {
            let cause = (error as? PostgresError)?.description ?? "\(error)"
            throw MigrationError(.failed, "Migration \(migration.number) (\(migration.name)) failed: \(cause)")
        }
        logger.info("migration applied", metadata: ["number": "\(migration.number)", "name": "\(migration.name)"])
    }
}

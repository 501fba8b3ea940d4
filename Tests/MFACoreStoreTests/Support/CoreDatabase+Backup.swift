// SPDX-License-Identifier: Apache-2.0
import Postgres
import Primitives
import TestKit
import Testing

extension CoreDatabase {
    /// Makes a dump as docs/operating/backup.md has it.
    func dump(to file: String) async throws {
        try await Self.run(
            "pg_dump",
            [
                "--format=custom", "--data-only", "--load-via-partition-root", "--exclude-schema=portal",
                "--exclude-table=core.schema_migration", "--exclude-table=core.idempotency", "--file=\(file)",
            ], as: configuration(.backup))
    }

    /// Brings one back into this database, which was migrated and not activated.
    func restore(from file: String) async throws {
        try await Self.run(
            "pg_restore", ["--data-only", "--single-transaction", "--exit-on-error", file], as: superuser)
    }

    private static func run(
        _ program: String, _ arguments: [String], as login: PostgresConfiguration
    ) async throws {
        let end = try await ChildProcess.run(
            .init(
                "\(try PostgresInstallation.find().programs)/\(program)", ["--dbname=\(login.url)"] + arguments,
                environment: [
                    "PGPASSWORD": login.password?.withBytes { String(decoding: $0, as: UTF8.self) } ?? ""
                ]))
        #expect(end.status == 0, "\(program): \(end.errors)")
    }
}

// SPDX-License-Identifier: Apache-2.0

/// What a server leaves behind, for tests that look for secrets in it.
extension OwnPostgres {
    /// Tables and write-ahead log; only root and the server's own user may read them.
    package var dataFolder: String { "\(folder)/data" }

    /// What the server logged.
    package var logFile: String { "\(folder)/log" }

    /// Writes everything that `pg_dumpall` knows, roles included, into a file.
    package func dumpAll(to file: String) async throws {
        let end = try await ChildProcess.run(
            .init(
                "\(programs)/pg_dumpall",
                ["--file", file, "--dbname", "postgresql://postgres@127.0.0.1:\(port)/postgres?sslmode=disable"],
                environment: ["PGPASSWORD": password]), within: .seconds(120))
        guard end.status == 0 else { throw TestKitError("pg_dumpall: \(end.errors)") }
    }
}

// SPDX-License-Identifier: Apache-2.0

internal import Foundation

/// Where PostgreSQL's programs are on this machine.
package struct PostgresInstallation: Sendable {
    /// The folder of `initdb`, `psql`, `pg_dump` and the others.
    package let programs: String

    /// The newest of Debian's versions, else what `PATH` finds.
    package static func find() throws(TestKitError) -> Self {
        let root = "/usr/lib/postgresql"
        let versions = ((try? FileManager.default.contentsOfDirectory(atPath: root)) ?? []).compactMap { Int($0) }
        let debian = versions.sorted(by: >).map { "\(root)/\($0)/bin" }
        let path = (ProcessInfo.processInfo.environment["PATH"] ?? "").split(separator: ":").map(String.init)
        for folder in debian + path where FileManager.default.isExecutableFile(atPath: "\(folder)/initdb") {
            return Self(programs: folder)
        }
        throw TestKitError(
            "PostgreSQL's server programs are missing (Debian: apt-get install postgresql-15), and "
                + "COUNTERSIGN_TEST_DATABASE names no server; these tests need one and are not skipped.")
    }
}

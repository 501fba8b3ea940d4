// SPDX-License-Identifier: Apache-2.0
import MFACoreStore
import Postgres
import Primitives

/// What `backup-check` does.
package enum BackupAdministration {
    /// Values of each table that are opened unless it is told otherwise.
    package static let sample = 1000
    private static let sampleMax = 10_000_000

    private struct ReportedCheck: Encodable {
        /// `usable`; a database that is not is told by a sentence and the exit status.
        let state: String
        let instance: String
        let schema: Int64
        let dataKeys: Int
        let opened: [String: Int]
    }

    /// Says in one sentence whether the database can be used with the master key at hand; changes nothing.
    package static func check(sample: Int, _ options: CommandOptions) async throws -> CommandReport {
        guard (1...sampleMax).contains(sample) else {
            throw CommandFault.usage("--sample: expected 1 to \(sampleMax).")
        }
        var settings = try CommandSettings(options)
        let (database, file) = (settings.database(), settings.masterKeyFile())
        try settings.requireSound()
        let master = try file.load()
        let report = try await PostgresClient.withClient(database, logger: CommandDatabase.logger) { client in
            try await BackupCheck(client: client, master: master).run(
                schema: Migrations.all.last?.number ?? 0, sample: sample)
        }
        let values = report.opened.sorted { $0.key < $1.key }.map { "\($0.value) in \($0.key)" }
        return try CommandReport(
            "This database (instance \(report.instance), schema \(report.schema)) can be used with the master key in "
                + "\(file.path): every data key opens, and so do all values looked at (\(values.joined(separator: ", "))).\n",
            document: ReportedCheck(
                state: "usable", instance: report.instance.description, schema: report.schema,
                dataKeys: report.dataKeys, opened: report.opened))
    }
}

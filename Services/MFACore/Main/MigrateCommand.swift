// SPDX-License-Identifier: Apache-2.0
import ArgumentParser
import MFACoreServer

struct MigrateCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "migrate", abstract: "Bring the database's schema up to this version.",
        discussion: """
            Logs in as migrate.database.url and becomes migrate.ownerRole. Safe to repeat, and safe twice at once: the \
            second one waits and finds nothing to do. A running service is not disturbed.

              mfa-core migrate
              mfa-core migrate --status
            """)

    @Flag(help: "Only say which migrations are applied.")
    var status = false

    @OptionGroup var options: CommandOptions
    @OptionGroup var output: OutputOptions

    func run() async throws {
        output.show(
            status ? try await SchemaAdministration.status(options) : try await SchemaAdministration.migrate(options))
    }
}

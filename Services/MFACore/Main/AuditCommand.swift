// SPDX-License-Identifier: Apache-2.0
import ArgumentParser
import MFACoreServer

struct AuditCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "audit", abstract: "What was decided and done, and by whom.", subcommands: [List.self])

    struct List: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "List rows of the audit, the latest first.",
            discussion: """
                  mfa-core audit list --user alice --limit 20
                  mfa-core audit list --event service_account.added --json
                """)

        @Option(help: "Only rows about this user (name, or id of a removed one).")
        var user: String?

        @Option(help: "Only rows of this event, such as otp.ok or user.blocked.")
        var event: String?

        @Option(help: ArgumentHelp("Only rows before this one.", valueName: "id"))
        var before: Int64?

        @Option(help: "How many at most.")
        var limit = 50

        @OptionGroup var options: CommandOptions
        @OptionGroup var output: OutputOptions

        func run() async throws {
            output.show(
                try await AuditAdministration.list(user: user, event: event, before: before, limit: limit, options))
        }
    }
}

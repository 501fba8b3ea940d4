// SPDX-License-Identifier: Apache-2.0
import ArgumentParser
import MFACoreServer

struct AuditCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "audit", abstract: "What was decided and done, and by whom.",
        subcommands: [
            List.self, Show.self, Verify.self, Sign.self, Export.self, Retention.self, Lost.self,
        ])

    struct List: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "List rows of the audit, the latest first.",
            discussion: """
                  mfa-core audit list --user alice --limit 20
                  mfa-core audit list --event service_account.added --json
                  mfa-core audit list --outcome denied --since 24h --format csv > denied.csv
                """)

        @OptionGroup var filter: Filter

        @Option(help: ArgumentHelp("Only rows before this one.", valueName: "id"))
        var before: Int64?

        @Option(help: "How many at most.")
        var limit = 50

        @OptionGroup var options: CommandOptions
        @OptionGroup var output: ListOutputOptions

        func run() async throws {
            var query = filter.query
            query.before = before
            query.limit = limit
            output.show(try await AuditAdministration.list(query, options))
        }
    }

    struct Show: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Show one whole row, its place in the hash chain, and why the policy decided as it did.",
            discussion: "  mfa-core audit show 4711")

        @Argument(help: "The row's id.")
        var id: Int64

        @OptionGroup var options: CommandOptions
        @OptionGroup var output: OutputOptions

        func run() async throws {
            output.show(try await AuditAdministration.show(id, options))
        }
    }

    /// Which rows; all that is given has to fit.
    struct Filter: ParsableArguments {
        @Option(help: "Only rows about this user (name, or id of a removed one).")
        var user: String?

        @Option(help: "Only rows of this event, such as otp.ok or user.blocked.")
        var event: String?

        @Option(help: "Only rows with this outcome, such as denied.")
        var outcome: String?

        @Option(help: "Only rows with this reason, such as wrong_code.")
        var reason: String?

        @Option(help: "Only rows of this application.")
        var application: String?

        @Option(help: "Only what this account or administrator did, such as vpn or cli:root.")
        var actor: String?

        @Option(help: "Only what came in this way, such as sdk or cli.")
        var frontEnd: String?

        @Option(help: ArgumentHelp("Only rows of this sign-in.", valueName: "id"))
        var signIn: String?

        @Option(
            help: ArgumentHelp("Not before: 2026-01-02T03:04:05Z, 2026-01-02, or 90m, 24h, 7d ago.", valueName: "time"))
        var since: String?

        @Option(help: ArgumentHelp("Only before; in the same forms.", valueName: "time"))
        var until: String?

        var query: AuditAdministration.Query {
            var query = AuditAdministration.Query()
            query.user = user
            query.event = event
            query.outcome = outcome
            query.reason = reason
            query.application = application
            query.actor = actor
            query.frontEnd = frontEnd
            query.signIn = signIn
            query.since = since
            query.until = until
            return query
        }
    }
}

// SPDX-License-Identifier: Apache-2.0
import ArgumentParser
import MFACoreServer

struct PolicyCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "policy", abstract: "What is asked of whom, and why.",
        discussion: """
            A policy is a YAML file: lines in order, of which the first that fits a sign-in decides. The page \
            docs/operating/policy.md describes it.
            """,
        subcommands: [Explain.self, Check.self, Apply.self, History.self, Show.self, Revert.self])

    struct Explain: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Say what would be asked of somebody, which line decides and why those before it do not.",
            discussion: """
                  mfa-core policy explain --user alice --application vpn --address 203.0.113.7
                  mfa-core policy explain --user alice --application vpn --at 2027-01-31T22:00:00Z --json
                """)

        @Option(help: "Who wants in, in any spelling.")
        var user: String

        @Option(help: "Where to.")
        var application: String

        @Option(help: "Where from; without it the address is not known.")
        var address: String?

        @Option(help: ArgumentHelp("When, in UTC; now by default.", valueName: "time"))
        var at: String?

        @OptionGroup var options: CommandOptions
        @OptionGroup var output: OutputOptions

        func run() async throws {
            output.show(
                try await PolicyAdministration.explain(
                    user: user, application: application, address: address, at: at, options))
        }
    }

    struct Check: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Say everything that is wrong in a policy file.",
            discussion: "  mfa-core policy check policy.yaml")

        @Argument(help: "The file; - is standard input.")
        var file: String

        @OptionGroup var options: CommandOptions
        @OptionGroup var output: OutputOptions

        func run() async throws { output.show(try await PolicyAdministration.check(file, options)) }
    }

    /// How a policy is brought in.
    struct Change: ParsableArguments {
        @Option(help: "Why; kept in the history and the audit.")
        var comment = ""

        @Flag(help: "Only say who would meet what.")
        var dryRun = false
    }

    struct Apply: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Make a file the policy, whole or not at all, and say who meets something new.",
            discussion: """
                  mfa-core policy apply policy.yaml --dry-run
                  mfa-core policy apply policy.yaml --comment 'contractors by day only'
                """)

        @Argument(help: "The file; - is standard input.")
        var file: String

        @OptionGroup var change: Change
        @OptionGroup var options: CommandOptions
        @OptionGroup var output: OutputOptions

        func run() async throws {
            output.show(
                try await PolicyAdministration.apply(file, comment: change.comment, dryRun: change.dryRun, options))
        }
    }

    struct History: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "List all versions of the policy, the latest first.", discussion: "  mfa-core policy history")

        @Option(help: ArgumentHelp("Only versions before this one.", valueName: "version"))
        var before: Int64?

        @Option(help: "How many at most.")
        var limit = 50

        @OptionGroup var options: CommandOptions
        @OptionGroup var output: OutputOptions

        func run() async throws {
            output.show(try await PolicyAdministration.history(before: before, limit: limit, options))
        }
    }

    struct Show: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Print the file that a version was made from.",
            discussion: """
                  mfa-core policy show > policy.yaml
                  mfa-core policy show 3
                """)

        @Argument(help: "The version; the one that holds by default.")
        var version: Int64?

        @OptionGroup var options: CommandOptions
        @OptionGroup var output: OutputOptions

        func run() async throws { output.show(try await PolicyAdministration.show(version, options)) }
    }

    struct Revert: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Bring an earlier version back, as a new one.", discussion: "  mfa-core policy revert 3 --dry-run"
        )

        @Argument(help: "The version to bring back.")
        var version: Int64

        @OptionGroup var change: Change
        @OptionGroup var options: CommandOptions
        @OptionGroup var output: OutputOptions

        func run() async throws {
            output.show(
                try await PolicyAdministration.revert(
                    to: version, comment: change.comment, dryRun: change.dryRun, options))
        }
    }
}

// SPDX-License-Identifier: Apache-2.0
import ArgumentParser
import MFACoreServer

struct BypassCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "bypass", abstract: "One sign-in without a factor, for somebody whose phone is at home.",
        subcommands: [Add.self, Remove.self])

    struct Add: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Let a person's next sign-in in without a factor, once and for a short time.",
            discussion: """
                  mfa-core bypass add alice --reason 'phone at home, called back on her office number'
                  mfa-core bypass add alice --reason 'phone at home' --seconds 900

                Whoever is let in is not asked for a second proof: be sure who asks you. One administrator issues a \
                few of them a day (bypass.perAdministratorPerDay).
                """)

        @Argument(help: "User name or id.")
        var user: String

        @Option(help: "Kept in the audit.")
        var reason: String

        @Option(help: "How long it is good for, 10 to 3600 (default: 300).")
        var seconds: Int?

        @OptionGroup var options: CommandOptions
        @OptionGroup var output: OutputOptions

        func run() async throws {
            output.show(try await BypassAdministration.add(user, reason: reason, seconds: seconds, options))
        }
    }

    struct Remove: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Take back a bypass that was not used.", discussion: "  mfa-core bypass remove alice")

        @Argument(help: "User name or id.")
        var user: String

        @OptionGroup var options: CommandOptions
        @OptionGroup var output: OutputOptions

        func run() async throws { output.show(try await BypassAdministration.remove(user, options)) }
    }
}

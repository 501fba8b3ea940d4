// SPDX-License-Identifier: Apache-2.0
import ArgumentParser
import MFACoreServer

extension UserCommand {
    struct Enable: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Let a person sign in.", discussion: "  mfa-core user enable alice")

        @Argument(help: "User name or id.")
        var user: String

        @OptionGroup var options: CommandOptions
        @OptionGroup var output: OutputOptions

        func run() async throws { output.show(try await UserAdministration.setEnabled(user, true, options)) }
    }

    struct Disable: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Refuse every sign-in of a person until they are enabled; what waits on a phone ends.",
            discussion: "  mfa-core user disable alice")

        @Argument(help: "User name or id.")
        var user: String

        @OptionGroup var options: CommandOptions
        @OptionGroup var output: OutputOptions

        func run() async throws { output.show(try await UserAdministration.setEnabled(user, false, options)) }
    }

    struct Block: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Refuse every sign-in of a person for 90 days or until unblock; what waits on a phone ends.",
            discussion: """
                  mfa-core user block alice --reason 'phone lost'
                  mfa-core user block alice --reason 'on leave' --days 14
                  mfa-core user block alice --reason 'left us' --until-unblocked
                """)

        @Argument(help: "User name or id.")
        var user: String

        @Option(help: "Kept in the audit, and shown.")
        var reason: String

        @Option(help: "After so many days the block ends by itself (default: 90).")
        var days: Int?

        @Flag(help: "Only unblock ends it.")
        var untilUnblocked = false

        @OptionGroup var options: CommandOptions
        @OptionGroup var output: OutputOptions

        func run() async throws {
            output.show(
                try await UserAdministration.block(
                    user, reason: reason, days: days, untilUnblocked: untilUnblocked, options))
        }
    }

    struct Unblock: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "End a block, or the stop of prompts after a fraud report.",
            discussion: "  mfa-core user unblock alice --reason 'has a new phone'")

        @Argument(help: "User name or id.")
        var user: String

        @Option(help: "Kept in the audit.")
        var reason: String?

        @OptionGroup var options: CommandOptions
        @OptionGroup var output: OutputOptions

        func run() async throws {
            output.show(try await UserAdministration.unblock(user, reason: reason, options))
        }
    }
}

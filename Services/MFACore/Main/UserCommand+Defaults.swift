// SPDX-License-Identifier: Apache-2.0
import ArgumentParser
import MFACoreServer

extension UserCommand {
    struct Defaults: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "What new people begin with where nobody says otherwise.", subcommands: [Show.self, Change.self])

        struct Show: AsyncParsableCommand {
            static let configuration = CommandConfiguration(
                abstract: "Show what new people begin with.", discussion: "  mfa-core user defaults show")

            @OptionGroup var options: CommandOptions
            @OptionGroup var output: OutputOptions

            func run() async throws { output.show(try await UserDefaultsAdministration.show(options)) }
        }

        struct Change: AsyncParsableCommand {
            static let configuration = CommandConfiguration(
                commandName: "set",
                abstract: "Change what new people begin with; those who are there stay as they are.",
                discussion: """
                      mfa-core user defaults set --language de --add-group staff
                      mfa-core user defaults set --preferred-factor '' --disable-sign-in
                    """)

            @Option(help: "A language tag such as en or de-CH; an empty one is none.")
            var language: String?

            @Option(help: "push or passcode; an empty one is none.")
            var preferredFactor: String?

            @Option(help: ArgumentHelp("A group of the policy that they join; repeatable.", valueName: "group"))
            var addGroup: [String] = []

            @Option(help: ArgumentHelp("A group that they join no more; repeatable.", valueName: "group"))
            var removeGroup: [String] = []

            @Flag(inversion: .prefixedEnableDisable, help: "Whether they may sign in before somebody enables them.")
            var signIn: Bool?

            @OptionGroup var options: CommandOptions
            @OptionGroup var output: OutputOptions

            func run() async throws {
                let fields = UserDefaultsAdministration.Fields(
                    language: language, preferredFactor: preferredFactor, joined: addGroup, left: removeGroup,
                    isEnabled: signIn)
                output.show(try await UserDefaultsAdministration.set(fields, options))
            }
        }
    }
}

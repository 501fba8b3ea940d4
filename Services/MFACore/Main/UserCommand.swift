// SPDX-License-Identifier: Apache-2.0
import ArgumentParser
import MFACoreServer

struct UserCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "user", abstract: "People who sign in.",
        subcommands: [
            Add.self, List.self, Show.self, Set.self, Enable.self, Disable.self, Block.self, Unblock.self, Unlock.self,
            Remove.self, Defaults.self,
        ])

    /// Options that say something of a person.
    struct Fields: ParsableArguments {
        @Option(help: "The name that pages and phones show.")
        var displayName: String?

        @Option(help: "The mail address.")
        var email: String?

        @Option(help: "A language tag such as en or de-CH.")
        var language: String?

        @Option(help: "push or passcode.")
        var preferredFactor: String?

        @Option(help: ArgumentHelp("A group of the policy to join; repeatable.", valueName: "group"))
        var addGroup: [String] = []

        @Option(help: ArgumentHelp("mobile, office or home, and the number; repeatable.", valueName: "kind:number"))
        var phone: [String] = []

        func values(isEnabled: Bool?, leaving left: [String] = []) -> UserAdministration.Fields {
            UserAdministration.Fields(
                displayName: displayName, email: email, language: language, preferredFactor: preferredFactor,
                joined: addGroup, left: left, isEnabled: isEnabled, phones: phone)
        }
    }

    struct Add: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Add a person; of what you leave out, the defaults for new people hold.",
            discussion: "  mfa-core user add alice --display-name 'Alice Adams' --email alice@example.org")

        @Argument(help: "The user name, in any spelling.")
        var name: String

        @Flag(help: "Do not let the person sign in yet.")
        var disabled = false

        @Flag(help: "Let the person sign in, whatever the defaults for new people say.")
        var enabled = false

        @OptionGroup var fields: Fields
        @OptionGroup var options: CommandOptions
        @OptionGroup var output: OutputOptions

        func validate() throws {
            if enabled, disabled { throw ValidationError("--enabled and --disabled contradict.") }
        }

        func run() async throws {
            let isEnabled: Bool? = disabled ? false : enabled ? true : nil
            output.show(try await UserAdministration.add(name, fields.values(isEnabled: isEnabled), options))
        }
    }

    struct List: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "List people by name.", discussion: "  mfa-core user list --search adams")

        @Option(help: "Only people whose name or mail address contains this.")
        var search: String?

        @Option(help: "Begin after this user name.")
        var after: String?

        @Option(help: "How many at most.")
        var limit = 100

        @OptionGroup var options: CommandOptions
        @OptionGroup var output: OutputOptions

        func run() async throws {
            output.show(try await UserAdministration.list(search: search, after: after, limit: limit, options))
        }
    }

    struct Show: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Show all that is known of a person.", discussion: "  mfa-core user show alice --json")

        @Argument(help: "User name or id.")
        var user: String

        @OptionGroup var options: CommandOptions
        @OptionGroup var output: OutputOptions

        func run() async throws {
            output.show(try await UserAdministration.show(user, options))
        }
    }

    struct Set: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Change what is known of a person; an empty value clears it.",
            discussion: """
                  mfa-core user set alice --email '' --preferred-factor push
                  mfa-core user set alice --add-group staff --remove-group guests
                  mfa-core user set alice --password-stdin < password.txt
                """)

        @Argument(help: "User name or id.")
        var user: String

        @Flag(inversion: .prefixedEnableDisable, help: "Whether the person may sign in.")
        var signIn: Bool?

        @Option(help: ArgumentHelp("A group of the policy to leave; repeatable.", valueName: "group"))
        var removeGroup: [String] = []

        @Flag(help: "Read a new local password from standard input; an empty one removes it.")
        var passwordStdin = false

        @OptionGroup var fields: Fields
        @OptionGroup var options: CommandOptions
        @OptionGroup var output: OutputOptions

        func run() async throws {
            let password = passwordStdin ? try StandardInput.secret() : nil
            output.show(
                try await UserAdministration.set(
                    user, fields.values(isEnabled: signIn, leaving: removeGroup), password: password, options))
        }
    }

    struct Unlock: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Forget a person's failures and make factors active that they disabled.",
            discussion: "  mfa-core user unlock alice")

        @Argument(help: "User name or id.")
        var user: String

        @OptionGroup var options: CommandOptions
        @OptionGroup var output: OutputOptions

        func run() async throws {
            output.show(try await UserAdministration.unlock(user, options))
        }
    }

    struct Remove: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Remove a person with all factors; the audit stays.",
            discussion: "  mfa-core user remove alice --yes")

        @Argument(help: "User name or id.")
        var user: String

        @OptionGroup var confirmation: Confirmation
        @OptionGroup var options: CommandOptions
        @OptionGroup var output: OutputOptions

        func run() async throws {
            try confirmation.require("Remove user \(user) with all factors?")
            output.show(try await UserAdministration.remove(user, options))
        }
    }
}

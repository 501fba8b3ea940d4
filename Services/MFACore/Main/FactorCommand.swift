// SPDX-License-Identifier: Apache-2.0
import ArgumentParser
import MFACoreServer

struct FactorCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "factor", abstract: "What people prove themselves with.",
        subcommands: [Add.self, List.self, Remove.self])

    struct Add: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Add a one-time password factor or recovery codes, and print what is secret of it, once.",
            discussion: """
                  mfa-core factor add alice --kind totp --name 'authenticator app'
                  mfa-core factor add alice --kind hotp --counter 12 --secret-base32-stdin < token.secret
                  mfa-core factor add alice --kind recovery

                With a secret of its own a factor is active at once; otherwise its first passcode confirms it. Recovery \
                codes are ten, each of them good once, in the place of those that there were. A phone is added by the \
                person, in the portal.
                """)

        @Argument(help: "User name or id.")
        var user: String

        @Option(help: "totp, hotp or recovery.")
        var kind: String

        @Option(help: "What people call it.")
        var name: String?

        @Option(help: "Digits of a passcode, 6 to 8 (default: 6).")
        var digits: Int?

        @Option(help: "SHA1, SHA256 or SHA512 (default: SHA1, which all apps know).")
        var algorithm: String?

        @Option(help: "Seconds of a step, 30 or 60, for totp (default: 30).")
        var period: Int?

        @Option(help: "The counter of the token's next passcode, for hotp (default: 0).")
        var counter: Int64?

        @Flag(help: "Read the secret that a token already has from standard input.")
        var secretBase32Stdin = false

        @OptionGroup var options: CommandOptions
        @OptionGroup var output: OutputOptions

        func run() async throws {
            let fields = FactorAdministration.Fields(
                name: name, digits: digits, algorithm: algorithm, periodSeconds: period, counter: counter,
                secretBase32: secretBase32Stdin ? try StandardInput.secret() : nil)
            output.show(try await FactorAdministration.add(kind, to: user, fields, options))
        }
    }

    struct List: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "List a person's factors.", discussion: "  mfa-core factor list alice")

        @Argument(help: "User name or id.")
        var user: String

        @OptionGroup var options: CommandOptions
        @OptionGroup var output: OutputOptions

        func run() async throws {
            output.show(try await FactorAdministration.list(user, options))
        }
    }

    struct Remove: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Remove a factor; a phone is refused from then on.",
            discussion: "  mfa-core factor remove alice 4bc2a9b2-66d1-4bd4-8c88-1a8f4dcd9c1e --yes")

        @Argument(help: "User name or id.")
        var user: String

        @Argument(help: "The factor's id, as factor list shows it.")
        var factor: String

        @OptionGroup var confirmation: Confirmation
        @OptionGroup var options: CommandOptions
        @OptionGroup var output: OutputOptions

        func run() async throws {
            try confirmation.require("Remove factor \(factor) of \(user)?")
            output.show(try await FactorAdministration.remove(factor, of: user, options))
        }
    }
}

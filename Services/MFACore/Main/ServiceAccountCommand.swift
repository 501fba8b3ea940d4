// SPDX-License-Identifier: Apache-2.0
import ArgumentParser
import MFACoreServer

struct ServiceAccountCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "service-account", abstract: "Accounts of the systems that call sdk-service.",
        subcommands: [Add.self, List.self, Disable.self, Remove.self])

    struct Add: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Add an account and print its secret, once.",
            discussion: """
                Scopes: authenticate, manage-users, portal, mobile; the last two stand alone.

                  mfa-core service-account add vpn --scope authenticate --application vpn --network 10.0.0.0/8
                """)

        @Argument(help: "1 to 64 of a–z, 0–9, “.”, “_” and “-”; never used again, also after a removal.")
        var name: String

        @Option(help: "What the account may do; may be repeated.")
        var scope: [String]

        @Option(help: "The only application the account may name.")
        var application: String?

        @Option(help: ArgumentHelp("A network it may call from; may be repeated (default: any).", valueName: "cidr"))
        var network: [String] = []

        @OptionGroup var options: CommandOptions
        @OptionGroup var output: OutputOptions

        func run() async throws {
            output.show(
                try await ServiceAccountAdministration.add(
                    name, scopes: scope, application: application, networks: network, options))
        }
    }

    struct List: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "List the accounts that are not removed.", discussion: "  mfa-core service-account list")

        @OptionGroup var options: CommandOptions
        @OptionGroup var output: OutputOptions

        func run() async throws {
            output.show(try await ServiceAccountAdministration.list(options))
        }
    }

    struct Disable: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Refuse an account from now on.", discussion: "  mfa-core service-account disable vpn --yes")

        @Argument(help: "The account's name.")
        var name: String

        @OptionGroup var confirmation: Confirmation
        @OptionGroup var options: CommandOptions
        @OptionGroup var output: OutputOptions

        func run() async throws {
            try confirmation.require("Disable service account \(name)?")
            output.show(try await ServiceAccountAdministration.disable(name, options))
        }
    }

    struct Remove: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "End an account and its secrets for good.",
            discussion: "  mfa-core service-account remove vpn --yes")

        @Argument(help: "The account's name.")
        var name: String

        @OptionGroup var confirmation: Confirmation
        @OptionGroup var options: CommandOptions
        @OptionGroup var output: OutputOptions

        func run() async throws {
            try confirmation.require("Remove service account \(name) for good?")
            output.show(try await ServiceAccountAdministration.remove(name, options))
        }
    }
}

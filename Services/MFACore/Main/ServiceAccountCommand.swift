// SPDX-License-Identifier: Apache-2.0
import ArgumentParser
import MFACoreServer

struct ServiceAccountCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "service-account", abstract: "Accounts of the systems that call sdk-service.",
        subcommands: [Add.self, List.self, Rotate.self, Set.self, Disable.self, Remove.self])

    struct Add: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Add an account and print its secret, once.",
            discussion: """
                Scopes: authenticate, manage-users, read-audit, portal, mobile; the last two stand alone.

                  mfa-core service-account add vpn --scope authenticate --application vpn --network 10.0.0.0/8
                  mfa-core service-account add web --scope authenticate --certificate web.pem --no-secret
                """)

        @Argument(help: "1 to 64 of a–z, 0–9, “.”, “_” and “-”; never used again, also after a removal.")
        var name: String

        @Option(help: "What the account may do; may be repeated.")
        var scope: [String]

        @Option(help: "The only application the account may name.")
        var application: String?

        @Option(help: ArgumentHelp("A network it may call from; may be repeated (default: any).", valueName: "cidr"))
        var network: [String] = []

        @Flag(help: "Make no secret: certificates alone open the door.")
        var noSecret = false

        @OptionGroup var certificates: CertificateOptions
        @OptionGroup var limits: LimitOptions
        @OptionGroup var options: CommandOptions
        @OptionGroup var output: OutputOptions

        func run() async throws {
            var wish = ServiceAccountAdministration.Wish(
                scopes: scope, application: application, networks: network)
            wish.certificates = certificates.wish
            wish.limits = limits.limits
            wish.hasSecret = !noSecret
            output.show(try await ServiceAccountAdministration.add(name, wish, options))
        }
    }

    struct CertificateOptions: ParsableArguments {
        @Option(
            help: ArgumentHelp(
                "A client certificate of the account, known by all of it; may be repeated.", valueName: "pem-file"))
        var certificate: [String] = []

        @Option(
            help: ArgumentHelp(
                "An alternative name of its client certificates; may be repeated.", valueName: "URI:…|DNS:…"))
        var certificateSan: [String] = []

        var wish: ServiceAccountAdministration.CertificateWish { .init(files: certificate, names: certificateSan) }
    }

    struct LimitOptions: ParsableArguments {
        @Option(help: "Requests per second at each copy of sdk-service.")
        var ratePerSecond: Int?

        @Option(help: "Calls at one time at each copy of sdk-service.")
        var concurrencyMax: Int?

        @Option(help: "Answers held back at one time at each copy of sdk-service.")
        var waitingMax: Int?

        var limits: ServiceAccountAdministration.LimitWish {
            .init(ratePerSecond: ratePerSecond, concurrencyMax: concurrencyMax, waitingMax: waitingMax)
        }
    }

    struct Rotate: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Give an account another secret and print it, once; or other certificates.",
            discussion: """
                What it had goes on for the overlap, so that both are good while its users change over. With
                --overlap-seconds 0 all of it ends at once.

                  mfa-core service-account rotate vpn
                  mfa-core service-account rotate web --certificate web-2027.pem --overlap-seconds 604800
                """)

        @Argument(help: "The account's name.")
        var name: String

        @Option(help: "How long what it had goes on; at most 90 days.")
        var overlapSeconds = 86_400

        @OptionGroup var certificates: CertificateOptions
        @OptionGroup var options: CommandOptions
        @OptionGroup var output: OutputOptions

        func run() async throws {
            output.show(
                try await ServiceAccountAdministration.rotate(
                    name, certificates: certificates.wish, overlapSeconds: overlapSeconds, options))
        }
    }

    struct Set: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Give an account limits of its own; what is not named is again that of everybody.",
            discussion: "  mfa-core service-account set vpn --rate-per-second 50 --concurrency-max 20")

        @Argument(help: "The account's name.")
        var name: String

        @OptionGroup var limits: LimitOptions
        @OptionGroup var options: CommandOptions
        @OptionGroup var output: OutputOptions

        func run() async throws {
            output.show(try await ServiceAccountAdministration.set(name, limits.limits, options))
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

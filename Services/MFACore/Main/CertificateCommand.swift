// SPDX-License-Identifier: Apache-2.0
import ArgumentParser
import MFACoreServer

struct CertificateCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "certificate", abstract: "Certificates by which the four services recognise each other.",
        subcommands: [Issue.self, List.self, Renew.self])

    struct Issue: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Make key and certificate for a service.",
            discussion: """
                Writes key.pem (mode 0600), certificate.pem (398 days), the authority (ca.pem; sdk-ca.pem for \
                user-portal and mobileapp-service) and a sample configuration, to be carried to the service's host. \
                The key is kept nowhere else.

                  mfa-core certificate issue sdk-service --host sdk.example.org --host 192.0.2.7 --out ./sdk
                """)

        @Argument(help: "mfa-core, sdk-service, user-portal or mobileapp-service.")
        var service: String

        @Option(help: "A DNS name or IP address of the service; may be repeated.")
        var host: [String]

        @Option(help: ArgumentHelp("The folder to write to.", valueName: "folder"))
        var out: String

        @Flag(help: "Replace what is there.")
        var force = false

        @OptionGroup var options: CommandOptions
        @OptionGroup var output: OutputOptions

        func run() async throws {
            output.show(
                try await CertificateAdministration.issue(
                    service, hosts: host, folder: out, replacing: force, options))
        }
    }

    struct List: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "List what was issued, the latest first.", discussion: "  mfa-core certificate list --json")

        @OptionGroup var options: CommandOptions
        @OptionGroup var output: OutputOptions

        func run() async throws {
            output.show(try await CertificateAdministration.list(options))
        }
    }

    struct Renew: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Make a new key and certificate for the hosts of a service's latest one.",
            discussion: """
                Replaces key.pem, certificate.pem and the authority in the folder; the service takes them \
                at SIGHUP or its next start.

                  mfa-core certificate renew sdk-service --out ./sdk
                """)

        @Argument(help: "mfa-core, sdk-service, user-portal or mobileapp-service.")
        var service: String

        @Option(help: ArgumentHelp("The folder to write to.", valueName: "folder"))
        var out: String

        @OptionGroup var options: CommandOptions
        @OptionGroup var output: OutputOptions

        func run() async throws {
            output.show(try await CertificateAdministration.renew(service, folder: out, options))
        }
    }
}

// SPDX-License-Identifier: Apache-2.0
import ArgumentParser
import MFACoreServer

extension AuditCommand {
    struct Lost: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "List what an export says was taken away, and a restored database does not know of.",
            discussion: """
                Blocks, removed factors, people and accounts, and other secrets of after the backup: a restored database \
                has all of them back. Do again what is listed before people sign in.

                  mfa-core audit lost --file audit.jsonl
                """)

        @Option(help: ArgumentHelp("An export from before the restore, of audit export.", valueName: "file"))
        var file: String

        @OptionGroup var options: CommandOptions
        @OptionGroup var output: OutputOptions

        func run() async throws {
            output.show(try await RestoreAdministration.lost(file: file, options))
        }
    }
}

// SPDX-License-Identifier: Apache-2.0
import ArgumentParser
import MFACoreServer

struct BackupCheckCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "backup-check",
        abstract: "Say whether a restored database can be used with the master key at hand.",
        discussion: """
            Looks at schema, check value, every data key and a sample of every sealed table, and changes nothing. Ends with \
            0 when the database can be used, with 1 and one sentence when not.

              mfa-core backup-check
              mfa-core backup-check --set database.url=postgresql://mfa_core@127.0.0.1/restored --sample 100000
            """)

    @Option(help: "How many values of each sealed table are opened.")
    var sample = BackupAdministration.sample

    @OptionGroup var options: CommandOptions
    @OptionGroup var output: OutputOptions

    func run() async throws {
        output.show(try await BackupAdministration.check(sample: sample, options))
    }
}

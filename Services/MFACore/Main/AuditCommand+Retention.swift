// SPDX-License-Identifier: Apache-2.0
import ArgumentParser
import MFACoreServer

extension AuditCommand {
    struct Retention: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Drop whole months of the audit that are older than what is kept, and sign where it begins.",
            discussion: """
                For the signer, with the database role mfa_signer and the key that nobody else reads. Every row that \
                goes is looked at once more, and nothing goes unless a checkpoint covers it that was kept outside of the \
                database. How many whole months before this one are kept is said by --months, or by \
                audit.retentionMonths; without either nothing is ever dropped. Export first what has to be kept \
                elsewhere: see mfa-core audit export.

                  mfa-core audit retention --months 24 --key signer.pem --checkpoints checkpoints.jsonl --dry-run
                  mfa-core audit retention --months 24 --key signer.pem --checkpoints checkpoints.jsonl --yes
                """)

        @Option(help: ArgumentHelp("The signer's secret key.", valueName: "file"))
        var key: String

        @Option(help: ArgumentHelp("The checkpoints that audit sign --export has kept.", valueName: "file"))
        var checkpoints: String

        @Option(help: ArgumentHelp("Who signed before the key was replaced; may be repeated.", valueName: "file"))
        var publicKey: [String] = []

        @Option(help: "How many whole months before this one are kept.")
        var months: Int?

        @Flag(help: "Look at everything, and say what would go.")
        var dryRun = false

        @OptionGroup var confirmation: Confirmation
        @OptionGroup var options: CommandOptions
        @OptionGroup var output: OutputOptions

        func validate() throws {
            if let months, months < 1 { throw ValidationError("--months: expected 1 or more.") }
        }

        func run() async throws {
            var order = AuditRetention.Order(key: key, checkpoints: checkpoints)
            order.publicKeys = publicKey
            order.months = months
            order.isTrial = dryRun
            output.show(
                try await AuditRetention.cutOff(
                    order, options, confirm: confirmation.require, progress: StandardError.tell))
        }
    }
}

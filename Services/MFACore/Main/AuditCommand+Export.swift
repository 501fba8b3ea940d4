// SPDX-License-Identifier: Apache-2.0
import ArgumentParser
import MFACoreServer

extension AuditCommand {
    struct Export: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Write rows, hash chain and checkpoints to a file that is checked without a database.",
            discussion: """
                A line of JSON each, as docs/operating/audit.md describes them. Rows of the last seconds, which wait for \
                their links, are in the next export. How far it is stands on standard error.

                  mfa-core audit export --out audit.jsonl
                  mfa-core audit export --out audit-2.jsonl --after 812000
                  mfa-core audit verify --file audit.jsonl --public-key signer-public.pem
                """)

        @Option(help: ArgumentHelp("A new file, for its owner alone.", valueName: "file"))
        var out: String

        @Option(help: ArgumentHelp("Begin behind this link, where an earlier export ended.", valueName: "link"))
        var after: Int64 = 0

        @OptionGroup var options: CommandOptions
        @OptionGroup var output: OutputOptions

        func run() async throws {
            output.show(
                try await AuditExporting.export(to: out, after: after, options, progress: StandardError.tell))
        }
    }
}

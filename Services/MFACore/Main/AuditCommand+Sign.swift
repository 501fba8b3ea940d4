// SPDX-License-Identifier: Apache-2.0
import ArgumentParser
import MFACoreServer

extension AuditCommand {
    struct Sign: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Look at every row that was chained since the last checkpoint, and sign the chain.",
            discussion: """
                For a user of its own, with the database role mfa_signer and a key that nobody else reads; the unit \
                countersign-audit-signer runs it every minute. The configuration has only the section database. Signs \
                nothing, and ends with 1, when the chain does not hold.

                  mfa-core audit sign --make-key --key signer.pem --public-key signer-public.pem
                  mfa-core audit sign --key signer.pem --export checkpoints.jsonl --config audit-signer.yaml
                """)

        @Flag(help: "Make a key: two new files.")
        var makeKey = false

        @Option(help: ArgumentHelp("The signer's secret key.", valueName: "file"))
        var key: String

        @Option(help: ArgumentHelp("Where --make-key writes the public key.", valueName: "file"))
        var publicKey: String?

        @Option(help: ArgumentHelp("Add each checkpoint to this file, too, a line each.", valueName: "file"))
        var export: String?

        @OptionGroup var options: CommandOptions
        @OptionGroup var output: OutputOptions

        func validate() throws {
            if makeKey != (publicKey != nil) { throw ValidationError("--make-key and --public-key go together.") }
        }

        func run() async throws {
            if makeKey, let publicKey {
                output.show(try AuditSigning.makeKey(key, publicPath: publicKey))
            } else {
                output.show(try await AuditSigning.sign(key: key, export: export, options))
            }
        }
    }
}

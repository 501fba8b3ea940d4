// SPDX-License-Identifier: Apache-2.0
import ArgumentParser
import MFACoreServer

extension AuditCommand {
    struct Verify: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Compare every row with the hash chain, and name the first that does not fit.",
            discussion: """
                Ends with 0 when the audit is whole and with 1 when it is not, or could not be read. How far it is \
                stands on standard error.

                  mfa-core audit verify
                  mfa-core audit verify --public-key signer-public.pem --checkpoints checkpoints.jsonl
                  mfa-core audit verify --file audit.jsonl --public-key signer-public.pem
                """)

        @Option(
            help: ArgumentHelp(
                "An export to look at instead of the database; nothing else is needed.", valueName: "file"))
        var file: String?

        @Option(help: ArgumentHelp("Who signed the checkpoints; may be repeated.", valueName: "file"))
        var publicKey: [String] = []

        @Option(help: ArgumentHelp("Checkpoints that were kept outside of the database.", valueName: "file"))
        var checkpoints: String?

        @OptionGroup var options: CommandOptions
        @OptionGroup var output: OutputOptions

        func validate() throws {
            if checkpoints != nil, publicKey.isEmpty {
                throw ValidationError("--checkpoints needs --public-key: who signed them?")
            }
        }

        func run() async throws {
            var evidence = AuditVerification.Evidence()
            evidence.publicKeys = publicKey
            evidence.checkpoints = checkpoints
            let outcome =
                if let file {
                    try AuditVerification.verify(file: file, evidence: evidence, progress: StandardError.tell)
                } else {
                    try await AuditVerification.verify(options, evidence: evidence, progress: StandardError.tell)
                }
            output.show(outcome.report)
            if !outcome.isSound { throw ExitCode(1) }
        }
    }
}

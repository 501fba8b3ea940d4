// SPDX-License-Identifier: Apache-2.0
import ArgumentParser
import MFACoreServer
import ServiceRuntime

struct MFACoreServeCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "serve", abstract: "Run the service until it is told to stop.",
        discussion: """
            A database that was restored from a backup has forgotten which passcodes were spent since. Start the first copy \
            with --restored then: passcodes, sign-ins, activations, bypasses and recovery codes from before are void, counter \
            tokens come back by two passcodes in a row, and the audit tells.

              mfa-core serve
              mfa-core serve --restored
            """)

    @Flag(help: "The database was restored from a backup: nothing from before is accepted any more.")
    var restored = false

    @OptionGroup var options: CommandOptions

    func run() async throws {
        try await Serving.run(MFACoreService.self, options) { $0.isRestored = restored }
    }
}

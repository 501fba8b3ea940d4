// SPDX-License-Identifier: Apache-2.0
import ArgumentParser
import MFACoreServer

struct ActivateCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "activate", abstract: "Make master key, data keys and internal authority, once per installation.",
        discussion: """
            Writes the master key to keys.masterKeyFile (mode 0400) unless it is there, then everything else into the \
            database in one transaction. Interrupted, it resumes when run again; done before, it says so.

              mfa-core activate
            """)

    @OptionGroup var options: CommandOptions
    @OptionGroup var output: OutputOptions

    func run() async throws {
        output.show(try await InstanceActivation.activate(options))
    }
}

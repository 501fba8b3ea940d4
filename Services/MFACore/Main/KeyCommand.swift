// SPDX-License-Identifier: Apache-2.0
import ArgumentParser
import Foundation
import MFACoreServer

struct KeyCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "key", abstract: "Data keys: which there are, and another one while people sign in.",
        subcommands: [List.self, Rotate.self, Remove.self, Rewrap.self])

    struct List: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "List the data keys and how many values are under each.", discussion: "  mfa-core key list --json"
        )

        @OptionGroup var options: CommandOptions
        @OptionGroup var output: OutputOptions

        func run() async throws {
            output.show(try await KeyAdministration.list(options))
        }
    }

    struct Rotate: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Make a new data key and bring every sealed value under it, while people sign in.",
            discussion: """
                Waits until every running copy knows the new key, lets it seal, then seals all values anew. Interrupted \
                at any point, it goes on when run again. The old key stays until key remove.

                  mfa-core key rotate
                  mfa-core key rotate --values-per-second 200
                  mfa-core key rotate --status
                """)

        @Option(help: "How many values are sealed anew in a second, at most.")
        var valuesPerSecond = KeyAdministration.valuesPerSecond

        @Flag(help: "Only say how far a rotation is, and which copies run.")
        var status = false

        @OptionGroup var options: CommandOptions
        @OptionGroup var output: OutputOptions

        func run() async throws {
            if status { return output.show(try await KeyAdministration.status(options)) }
            output.show(
                try await KeyAdministration.rotate(valuesPerSecond: valuesPerSecond, options) { sentence in
                    FileHandle.standardError.write(Data("\(sentence)\n".utf8))
                })
        }
    }

    struct Rewrap: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Wrap every data key under another master key.",
            discussion: """
                Writes the new master key to the file (mode 0400) unless it is there, then wraps all data keys anew in one \
                transaction. Copies that run go on; put the file in the place of keys.masterKeyFile on each host and \
                restart mfa-core there. Interrupted, it says when run again whether it was done. Where keys.pkcs11.module is \
                set, its token seals the new file.

                  mfa-core key rewrap --new-master /etc/countersign/mfa-core/master.key.new
                  mfa-core key rewrap --new-master /etc/countersign/mfa-core/master.key.new --plain
                """)

        @Option(help: ArgumentHelp("The file with the new master key.", valueName: "file"))
        var newMaster: String

        @Flag(help: "Make a file that no token seals, though one is configured.")
        var plain = false

        @OptionGroup var options: CommandOptions
        @OptionGroup var output: OutputOptions

        func run() async throws {
            output.show(try await KeyAdministration.rewrap(newMasterKeyFile: newMaster, isPlain: plain, options))
        }
    }

    struct Remove: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Remove a data key that nothing is under any more.", discussion: "  mfa-core key remove 1 --yes")

        @Argument(help: "The key's number, as key list shows it.")
        var id: Int64

        @OptionGroup var confirmation: Confirmation
        @OptionGroup var options: CommandOptions
        @OptionGroup var output: OutputOptions

        func run() async throws {
            try confirmation.require("Remove data key \(id)? Backups that are older than its rotation need it.")
            output.show(try await KeyAdministration.remove(id, options))
        }
    }
}

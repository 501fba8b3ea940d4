// SPDX-License-Identifier: Apache-2.0
import ArgumentParser
import Foundation
import MFACoreServer
import ServiceRuntime

/// `mfa-core`: the service, and the administrators' command line.
@main
struct MFACoreCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "mfa-core",
        abstract: "Countersign's rule and keys: the service itself, and what administrators do on the command line.",
        discussion: """
            A new installation, in this order:

              mfa-core migrate
              mfa-core activate
              mfa-core certificate issue mfa-core --host core.example.org --out /etc/countersign/mfa-core
              mfa-core serve

            Every command reads the configuration file of the service. It ends with 0 when it has done what it was \
            asked, 1 when it was refused, 2 when it was used wrongly.
            """,
        version: ProgramVersion.current,
        groupedSubcommands: [
            CommandGroup(name: "Service:", subcommands: [MFACoreServeCommand.self, MFACoreCheckConfigCommand.self]),
            CommandGroup(
                name: "Installation:",
                subcommands: [
                    MigrateCommand.self, ActivateCommand.self, BackupCheckCommand.self, CertificateCommand.self,
                ]),
            CommandGroup(
                name: "Administration:",
                subcommands: [
                    ServiceAccountCommand.self, UserCommand.self, FactorCommand.self, BypassCommand.self,
                    PolicyCommand.self, KeyCommand.self,
                    AuditCommand.self,
                ]),
            CommandGroup(name: "Shell:", subcommands: [CompletionCommand.self]),
        ])

    static func main() async {
        ProcessMemory.closeOrEnd()
        do {
            var command = try parseAsRoot()
            if var asynchronous = command as? any AsyncParsableCommand {
                try await asynchronous.run()
            } else {
                try command.run()
            }
            leave(0)
        } catch {
            end(with: error)
        }
    }

    /// Tells what is to be told and ends the process: 0 for help and version, 1 refused, 2 wrong usage.
    private static func end(with error: any Error) -> Never {
        if let code = error as? ExitCode { leave(code.rawValue) }
        if !(error is CommandFault) {
            switch exitCode(for: error) {
            case .success:
                print(fullMessage(for: error))
                leave(0)
            case .validationFailure:
                warn(fullMessage(for: error))
                leave(2)
            default: break
            }
        }
        let fault = CommandFault(explaining: error)
        for sentence in fault.sentences { warn(sentence) }
        leave(fault.status)
    }

    /// Not `exit`: its handlers take libraries down that a connection nobody needs any more may still use in its
    /// handshake, on a thread of its own, and a finished command would die of that.
    private static func leave(_ status: Int32) -> Never {
        fflush(nil)
        _exit(status)
    }

    private static func warn(_ text: String) {
        FileHandle.standardError.write(Data("\(text)\n".utf8))
    }
}

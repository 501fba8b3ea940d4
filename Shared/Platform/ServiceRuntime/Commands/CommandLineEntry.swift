// SPDX-License-Identifier: Apache-2.0

package import ArgumentParser
import Glibc
import Primitives

/// Runs a command line and ends with 0 (done), 1 (refused) or 2 (wrong usage).
package enum CommandLineEntry {
    /// Runs `root` on the process's arguments; does not return.
    package static func run<Root: AsyncParsableCommand>(_ root: Root.Type) async -> Never {
        ProcessMemory.closeOrEnd()
        // Not exit(): its handlers take OpenSSL down while a connection that nobody needs any more may still be in its
        // handshake on a thread of its own, and the process would die of that.
        let status = await status(of: root, arguments: nil)
        fflush(nil)
        _exit(status)
    }

    /// Runs a service that has no commands but `serve`, `check-config` and `--version`; does not return.
    package static func run<Served: CountersignService>(service: Served.Type) async -> Never {
        await run(ServiceCommand<Served>.self)
    }

    /// Runs `root` and says how it went; what went wrong stands on standard error, one line per fault.
    package static func status<Root: AsyncParsableCommand>(of root: Root.Type, arguments: [String]?) async -> Int32 {
        do {
            var command = try root.parseAsRoot(arguments)
            if var asynchronous = command as? any AsyncParsableCommand {
                try await asynchronous.run()
            } else {
                try command.run()
            }
            return 0
        } catch let problems as ConfigurationProblems {
            for message in problems.messages { StandardStream.error.write("\(LogText.escape(message))\n") }
            return 1
        } catch let refusal as CommandRefusal {
            StandardStream.error.write("\(LogText.escape(refusal.description))\n")
            return 1
        } catch let code as ExitCode {
            return code.rawValue
        } catch {
            return explain(error, root)
        }
    }

    private static func explain<Root: AsyncParsableCommand>(_ error: any Error, _ root: Root.Type) -> Int32 {
        switch root.exitCode(for: error) {
        case .success:
            StandardStream.output.write("\(root.fullMessage(for: error))\n")
            return 0
        case .validationFailure:
            StandardStream.error.write("\(root.fullMessage(for: error))\n")
            return 2
        default:
            StandardStream.error.write("\(LogText.escape("\(error)"))\n")
            return 1
        }
    }
}

/// A command that cannot do what it was asked, told in one sentence; ends with 1.
package struct CommandRefusal: Error, CustomStringConvertible {
    package let description: String

    package init(_ description: String) {
        self.description = description
    }
}

// SPDX-License-Identifier: Apache-2.0
import ArgumentParser
import ServiceRuntime

/// What `make bench` needs beside the suite: people with tokens and phones, and the empty two-hop that is the ceiling.
@main struct BenchmarkTool: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "benchmark-tool",
        abstract: "The parts of make bench that are not the suite's own.",
        subcommands: [
            PrepareCommand.self, PushCommand.self, WaitingCommand.self, PolicyCommand.self,
            ServiceCommand<EmptyCore>.self, ServiceCommand<EmptyDoor>.self,
        ])

    static func main() async {
        await CommandLineEntry.run(Self.self)
    }
}

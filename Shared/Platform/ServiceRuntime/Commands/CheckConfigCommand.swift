// SPDX-License-Identifier: Apache-2.0

package import ArgumentParser
import Primitives

/// `check-config`: prints the resolved configuration, passwords hidden, and every fault.
package struct CheckConfigCommand<Served: CountersignService>: AsyncParsableCommand {
    package static var configuration: CommandConfiguration {
        CommandConfiguration(
            commandName: "check-config", abstract: "Print the resolved configuration and everything wrong with it.")
    }

    @OptionGroup package var options: ServiceOptions

    @Flag(help: "Print one JSON document instead of YAML.")
    package var json = false

    package init() {}

    package func run() async throws {
        var settings = try options.settings(of: Served.name, keys: Served.allKeys)
        _ = LogConfiguration(reading: &settings.reader)
        _ = Served(reading: &settings.reader)
        Served.checkCommands(reading: &settings.reader)
        let report = ConfigurationReport(settings: settings, keys: Served.allKeys)
        StandardStream.output.write(json ? try report.document : report.text)
        try settings.requireSound()
    }
}

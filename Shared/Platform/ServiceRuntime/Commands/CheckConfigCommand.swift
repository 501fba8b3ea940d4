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

    @Option(
        help: ArgumentHelp(
            "Tell about one key instead: what it means, how it is set, and what holds now.", valueName: "key"))
    package var explain: String?

    package init() {}

    package func validate() throws {
        guard let explain, !Served.allKeys.contains(where: { $0.name == explain }) else { return }
        let near = Spelling.nearest(to: explain, among: Served.allKeys.map(\.name))
        let hint = near.isEmpty ? "" : " Did you mean \(near.map { "“\($0)”" }.joined(separator: ", "))?"
        throw ValidationError("“\(explain)” is no key of \(Served.name).\(hint)")
    }

    package func run() async throws {
        if let explain, let key = Served.allKeys.first(where: { $0.name == explain }) {
            return try await tell(of: key)
        }
        var settings = try options.settings(of: Served.name, keys: Served.allKeys)
        _ = LogConfiguration(reading: &settings.reader)
        _ = Served(reading: &settings.reader)
        Served.checkCommands(reading: &settings.reader)
        let report = ConfigurationReport(settings: settings, keys: Served.allKeys)
        StandardStream.output.write(json ? try report.document : report.text)
        try settings.requireSound()
    }

    /// What a key means is told even where the configuration cannot be read.
    private func tell(of key: SettingKey) async throws {
        let settings = Result { () throws(ConfigurationProblems) in
            var settings = try options.settings(of: Served.name, keys: Served.allKeys)
            _ = LogConfiguration(reading: &settings.reader)
            _ = Served(reading: &settings.reader)
            Served.checkCommands(reading: &settings.reader)
            return settings
        }
        let explanation = SettingExplanation(of: key, service: Served.name, settings: try? settings.get())
        StandardStream.output.write(json ? try explanation.document : explanation.text)
        _ = try settings.get()
    }
}

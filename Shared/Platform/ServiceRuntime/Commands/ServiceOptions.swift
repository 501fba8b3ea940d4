// SPDX-License-Identifier: Apache-2.0

package import ArgumentParser
import Foundation
package import Primitives

/// Where a command finds its configuration.
package struct ServiceOptions: ParsableArguments {
    @Option(help: "The configuration file (default: /etc/countersign/<service>.yaml).")
    package var config: String?

    @Option(name: .customLong("set"), help: ArgumentHelp("Override one key.", valueName: "key=value"))
    package var overrides: [String] = []

    package init() {}

    /// Merges file, environment and `--set`.
    package func settings(
        of service: String, keys: [SettingKey]
    ) throws(ConfigurationProblems) -> ServiceSettings {
        try ServiceSettings.read(
            service: service, file: config ?? "/etc/countersign/\(service).yaml",
            environment: ProcessInfo.processInfo.environment, overrides: overrides, known: keys)
    }
}

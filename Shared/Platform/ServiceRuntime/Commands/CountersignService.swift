// SPDX-License-Identifier: Apache-2.0

package import Logging
package import Primitives

/// One of the suite's services, as its command line sees it.
package protocol CountersignService: Sendable {
    /// Such as `mfa-core`; names the command, the default configuration file and the environment variables.
    static var name: String { get }
    /// Every configuration key but those of logging, which all services share.
    static var keys: [SettingKey] { get }

    /// Reads the configuration; faults are left in `reader` and the value is then not used.
    init(reading reader: inout SettingsReader)

    /// Reads, for `check-config`, what only other commands than `serve` use; nothing unless a service says otherwise.
    static func checkCommands(reading reader: inout SettingsReader)

    /// Serves until told to stop; usually ends in ``ServiceRunner``.
    ///
    /// - Parameter reload: is told what of the service may change, and runs among its parts.
    func run(logger: Logger, reload: Reload<Self>) async throws
}

extension CountersignService {
    package static func checkCommands(reading reader: inout SettingsReader) {}

    /// Every documented key, those of logging included.
    package static var allKeys: [SettingKey] { keys + LogConfiguration.keys }

    /// Reads the whole configuration and throws all faults together.
    package static func configured(
        by settings: inout ServiceSettings
    ) throws(ConfigurationProblems) -> (service: Self, log: LogConfiguration) {
        let log = LogConfiguration(reading: &settings.reader)
        let service = Self(reading: &settings.reader)
        try settings.requireSound()
        return (service, log)
    }
}

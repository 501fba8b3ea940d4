// SPDX-License-Identifier: Apache-2.0

package import Logging
package import Primitives

/// Keys: `log.level` (trace to critical, default info), `log.format` (text or json, default text).
package struct LogConfiguration: Sendable {
    private static let levelKey = SettingKey(
        "log.level", .text, default: "info", effect: .reload,
        "Least severe level that is logged: trace, debug, info, notice, warning, error or critical.")
    private static let formatKey = SettingKey(
        "log.format", .text, default: "text",
        "Form of the log lines on standard error: text for people, json for programs.")

    /// The documented keys.
    package static let keys = [levelKey, formatKey]

    package let level: Logger.Level
    package let format: LogFormat

    package init(reading reader: inout SettingsReader) {
        level = reader.choice(Self.levelKey, of: Logger.Level.self)
        format = reader.choice(Self.formatKey, of: LogFormat.self)
    }

    /// Makes every logger of this process write lines to standard error; may be called once.
    package func bootstrap() {
        LogLevel.current = level
        let format = format
        LoggingSystem.bootstrap { label in
            LineLogHandler(
                label: label, format: format, now: SystemClock.now, write: { StandardStream.error.write($0) })
        }
    }
}

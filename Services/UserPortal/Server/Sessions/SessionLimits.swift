// SPDX-License-Identifier: Apache-2.0
package import Primitives

/// How long a session lives (R75), on the database's clock. Keys: `session.idleSeconds`, `session.absoluteSeconds`.
package struct SessionLimits: Sendable {
    /// Without a request.
    package var idle: Duration
    /// In all.
    package var absolute: Duration

    package init(idle: Duration = .seconds(3_600), absolute: Duration = .seconds(86_400)) {
        self.idle = idle
        self.absolute = absolute
    }

    /// The upper ends are those of the tickets: a session that outlives its ticket opens nothing.
    package init(reading reader: inout SettingsReader) {
        idle = reader.seconds(Self.idleKey, in: 60...3_600)
        absolute = reader.seconds(Self.absoluteKey, in: 60...86_400)
        if idle > absolute { reader.report(Self.idleKey, "is longer than \(Self.absoluteKey.name)") }
    }

    /// The documented keys.
    package static var keys: [SettingKey] { [idleKey, absoluteKey] }

    private static let idleKey = SettingKey(
        "session.idleSeconds", .seconds, default: "3600", "How long a session lives without a request.")
    private static let absoluteKey = SettingKey(
        "session.absoluteSeconds", .seconds, default: "86400", "How long a session lives at most.")
}

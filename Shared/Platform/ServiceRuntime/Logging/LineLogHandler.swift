// SPDX-License-Identifier: Apache-2.0

package import Logging
package import Primitives

/// Writes every event as one line; the level is the process's unless a logger has its own.
package struct LineLogHandler: LogHandler {
    /// Libraries whose information is of interest only to those who look for details.
    private static let quietSources: Set<String> = ["HummingbirdCore", "ServiceLifecycle"]

    private let label: String
    private let format: LogFormat
    private let now: @Sendable () -> Instant
    private let write: @Sendable (String) -> Void
    private var ownLevel: Logger.Level?

    package var metadata: Logger.Metadata = [:]
    package var metadataProvider: Logger.MetadataProvider?

    /// - Parameter write: takes a line with its line end and must not mix it with another.
    package init(
        label: String, format: LogFormat, now: @escaping @Sendable () -> Instant,
        write: @escaping @Sendable (String) -> Void
    ) {
        self.label = label
        self.format = format
        self.now = now
        self.write = write
    }

    package var logLevel: Logger.Level {
        get { ownLevel ?? LogLevel.current }
        set { ownLevel = newValue }
    }

    package subscript(metadataKey key: String) -> Logger.Metadata.Value? {
        get { metadata[key] }
        set { metadata[key] = newValue }
    }

    package func log(event: LogEvent) {
        if event.level == .info, Self.quietSources.contains(event.source), logLevel > .debug { return }
        var all = metadata
        if let provided = metadataProvider?.get() { all.merge(provided) { _, new in new } }
        if let own = event.metadata { all.merge(own) { _, new in new } }
        if let error = event.error { all["error"] = "\(error)" }
        write(format.line(time: now(), level: event.level, logger: label, message: "\(event.message)", metadata: all))
    }
}

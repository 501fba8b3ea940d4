// SPDX-License-Identifier: Apache-2.0

package import Logging
package import Primitives

/// How a log event becomes a line.
package enum LogFormat: String, CaseIterable, Sendable {
    /// For people: `2026-01-02T03:04:05.678Z info sdk-service: listening host=127.0.0.1 port=8442`.
    case text
    /// For programs: one JSON object with the keys `level`, `logger`, `message`, `metadata`, `time`.
    case json

    /// One line with its line end, keys in alphabetical order.
    package func line(
        time: Instant, level: Logger.Level, logger: String, message: String, metadata: Logger.Metadata
    ) -> String {
        switch self {
        case .text:
            let pairs = metadata.sorted { $0.key < $1.key }
                .map { " \(LogText.escape($0.key))=\(LogText.value("\($0.value)"))" }
            return "\(time) \(level) \(LogText.escape(logger)): \(LogText.escape(message))\(pairs.joined())\n"
        case .json:
            return "{\"level\":\"\(level)\",\"logger\":\(LogText.json(logger)),\"message\":\(LogText.json(message)),"
                + "\"metadata\":\(Self.json(.dictionary(metadata))),\"time\":\"\(time)\"}\n"
        }
    }

    private static func json(_ value: Logger.MetadataValue) -> String {
        switch value {
        case .string(let text): LogText.json(text)
        case .stringConvertible(let value): LogText.json("\(value)")
        case .array(let values): "[" + values.map(json).joined(separator: ",") + "]"
        case .dictionary(let values):
            "{"
                + values.sorted { $0.key < $1.key }.map { "\(LogText.json($0.key)):\(json($0.value))" }
                .joined(separator: ",") + "}"
        }
    }
}

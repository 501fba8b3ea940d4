// SPDX-License-Identifier: Apache-2.0

package import Primitives

/// Keys: `admin.host` (default 127.0.0.1), `admin.port` (the service's own default; 0 takes any free one).
package struct AdminConfiguration: Sendable {
    /// The documented keys.
    package static func keys(defaultPort: Int) -> [SettingKey] {
        [hostKey, portKey(defaultPort)]
    }

    package let host: String
    package let port: Int

    package init(defaultPort: Int, reading reader: inout SettingsReader) {
        host = reader.text(Self.hostKey)
        port = reader.integer(Self.portKey(defaultPort), in: 0...65_535)
    }

    private static let hostKey = SettingKey(
        "admin.host", .text, default: "127.0.0.1",
        "Address of the operators' listener (/livez, /readyz, /metrics); plain HTTP, so keep it private.")

    private static func portKey(_ defaultPort: Int) -> SettingKey {
        SettingKey("admin.port", .integer, default: "\(defaultPort)", "Port of the operators' listener.")
    }
}

// SPDX-License-Identifier: Apache-2.0
package import Postgres
package import Primitives
package import ServiceRuntime

/// The configuration of sdk-service: `admin.*`, `listener.*`, `database.*`, `core.*` and
/// `capacity.*`.
package struct SDKServiceConfiguration: Sendable {
    private static let adminPort = 8452
    private static let port = 8442
    private static let coreURL = "https://localhost:8440"
    private static let connections = 2

    /// The documented keys.
    package static let keys: [SettingKey] =
        AdminConfiguration.keys(defaultPort: adminPort)
        + ListenerConfiguration.keys(section: "listener", defaultPort: port, accounts: true)
        + PostgresConfiguration.keys(readConnections: connections, writeConnections: connections)
        + InternalClientConfiguration.keys(section: "core", defaultURL: coreURL, mutual: true)
        + CapacityConfiguration.keys

    package let admin: AdminConfiguration
    package let listener: ListenerConfiguration
    package let database: PostgresConfiguration
    package let core: InternalClientConfiguration
    package let capacity: CapacityConfiguration

    package init(reading reader: inout SettingsReader) {
        admin = AdminConfiguration(defaultPort: Self.adminPort, reading: &reader)
        listener = ListenerConfiguration(
            section: "listener", defaultPort: Self.port, accounts: true, reading: &reader)
        var database = PostgresConfiguration(
            reading: &reader, readConnections: Self.connections, writeConnections: Self.connections)
        database.applicationName = SDKService.name
        self.database = database
        core = InternalClientConfiguration(section: "core", defaultURL: Self.coreURL, mutual: true, reading: &reader)
        capacity = CapacityConfiguration(reading: &reader)
    }

    /// Certificates that it shows or trusts.
    var certificates: [WatchedCertificates] {
        WatchedCertificates.list(of: listener.tls, section: "listener", roots: "clientCA")
            + WatchedCertificates.list(of: core.tls, section: "core", roots: "ca")
    }
}

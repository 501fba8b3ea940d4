// SPDX-License-Identifier: Apache-2.0
internal import MFAAPI
internal import MFAClient
internal import Postgres
internal import Primitives
internal import ServiceRuntime

/// Everything that user-portal reads at its start.
struct UserPortalConfiguration: Sendable {
    private static let adminPort = 8453
    private static let listenerPort = 8443
    private static let connections = 2
    private static let sdkURL = "https://localhost:8442"

    let admin: AdminConfiguration
    let listener: ListenerConfiguration
    let database: PostgresConfiguration
    let portal: PortalSettings
    let sessions: SessionLimits
    /// Nil when they cannot be read, which is then a reported fault.
    let resources: PortalResources?
    /// For calls that answer at once.
    let sdk: InternalClientConfiguration
    /// The same copies, with connections for those who wait.
    let sdkWaits: InternalClientConfiguration
    let credentials: BasicCredentials

    static var keys: [SettingKey] {
        AdminConfiguration.keys(defaultPort: adminPort)
            + ListenerConfiguration.keys(section: "listener", defaultPort: listenerPort)
            + PostgresConfiguration.keys(readConnections: connections, writeConnections: connections)
            + InternalClientConfiguration.keys(section: "sdk", defaultURL: sdkURL, mutual: false)
            + [waitConnectionsKey, accountKey, secretKey] + PortalSettings.keys + SessionLimits.keys
            + PortalResources.keys
    }

    init(reading reader: inout SettingsReader) {
        admin = AdminConfiguration(defaultPort: Self.adminPort, reading: &reader)
        listener = ListenerConfiguration(section: "listener", defaultPort: Self.listenerPort, reading: &reader)
        database = PostgresConfiguration(
            reading: &reader, readConnections: Self.connections, writeConnections: Self.connections)
        sdk = InternalClientConfiguration(section: "sdk", defaultURL: Self.sdkURL, mutual: false, reading: &reader)
        sdkWaits = InternalClientConfiguration(
            urls: sdk.urls, tls: sdk.tls,
            connectionsMax: reader.integer(Self.waitConnectionsKey, in: 1...10_000))
        let account = reader.text(Self.accountKey)
        if account.contains(":") { reader.report(Self.accountKey, "has a colon, which no account's name has") }
        _ = reader.text(Self.secretKey)
        credentials = BasicCredentials(name: account, secret: reader.secret(Self.secretKey) ?? SecretBytes([]))
        portal = PortalSettings(reading: &reader)
        sessions = SessionLimits(reading: &reader)
        resources = PortalResources(reading: &reader)
    }

    /// The bases that the typed client continues.
    var sdkBases: [String] { sdk.urls.map { $0 + Paths.api } }

    /// Certificates that it shows or trusts.
    var certificates: [WatchedCertificates] {
        WatchedCertificates.list(of: listener.tls, section: "listener", roots: "clientCA")
            + WatchedCertificates.list(of: sdk.tls, section: "sdk", roots: "ca")
    }

    private static let waitConnectionsKey = SettingKey(
        "sdk.waitConnectionsMax", .integer, default: "256",
        "Connections kept to each copy for people who wait for their phone; each takes one.")
    private static let accountKey = SettingKey(
        "sdk.account", .text, default: "portal", effect: .reload, "Service account with the scope portal.")
    private static let secretKey = SettingKey(
        "sdk.secretFile", .secretFile, effect: .reload, "File with the account's secret.")
}

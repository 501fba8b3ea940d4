// SPDX-License-Identifier: Apache-2.0
import MFAClient
package import Primitives
package import ServiceRuntime

/// The configuration of mobileapp-service: `admin.*`, `listener.*`, `sdk.*` and `mobile.*`.
///
/// There is no key for a database and none for a key of the suite: it has neither (R99).
package struct MobileAppServiceConfiguration: Sendable {
    private static let adminPort = 8454
    private static let port = 8444
    private static let sdkURL = "https://localhost:8442"

    /// The documented keys.
    package static let keys: [SettingKey] =
        AdminConfiguration.keys(defaultPort: adminPort)
        + ListenerConfiguration.keys(section: "listener", defaultPort: port)
        + InternalClientConfiguration.keys(section: "sdk", defaultURL: sdkURL, mutual: false)
        + [accountKey, secretKey, prefixesKey]

    package let admin: AdminConfiguration
    package let listener: ListenerConfiguration
    package let sdk: InternalClientConfiguration
    /// The service account with scope `mobile`.
    package let account: String
    package let secret: SecretBytes
    /// Path prefixes it answers under, such as `/PA`.
    package let prefixes: [String]

    package init(reading reader: inout SettingsReader) {
        admin = AdminConfiguration(defaultPort: Self.adminPort, reading: &reader)
        listener = ListenerConfiguration(section: "listener", defaultPort: Self.port, reading: &reader)
        sdk = InternalClientConfiguration(section: "sdk", defaultURL: Self.sdkURL, mutual: false, reading: &reader)
        account = reader.text(Self.accountKey)
        if account.contains(":") { reader.report(Self.accountKey, "an account's name has no colon") }
        _ = reader.text(Self.secretKey)
        secret = reader.secret(Self.secretKey) ?? SecretBytes([])
        prefixes = reader.list(Self.prefixesKey)
        if prefixes.isEmpty { reader.report(Self.prefixesKey, "needs at least one prefix, such as /PA") }
        for prefix in prefixes where !Self.isPath(prefix) {
            reader.report(Self.prefixesKey, "expected a path such as /PA, found “\(prefix)”")
        }
    }

    /// Who it is for sdk-service.
    var credentials: BasicCredentials { BasicCredentials(name: account, secret: secret) }

    /// Certificates that it shows or trusts.
    var certificates: [WatchedCertificates] {
        WatchedCertificates.list(of: listener.tls, section: "listener", roots: "clientCA")
            + WatchedCertificates.list(of: sdk.tls, section: "sdk", roots: "ca")
    }

    /// A slash and then letters, digits, `-`, `_`, `.` and further slashes.
    private static func isPath(_ text: String) -> Bool {
        text.hasPrefix("/")
            && text.unicodeScalars.allSatisfy { scalar in
                scalar.isASCII && (scalar.properties.isAlphabetic || "0123456789-_./".unicodeScalars.contains(scalar))
            }
    }

    private static let accountKey = SettingKey(
        "sdk.account", .text, default: "mobile", effect: .reload,
        "Name of the service account with scope mobile.")
    private static let secretKey = SettingKey(
        "sdk.secretFile", .secretFile, effect: .reload, "File with the secret of that account.")
    private static let prefixesKey = SettingKey(
        "mobile.prefixes", .list, default: "/PA", "Paths it answers under, in any letter case.")
}

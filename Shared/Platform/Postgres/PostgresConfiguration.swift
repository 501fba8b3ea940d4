// SPDX-License-Identifier: Apache-2.0

internal import CLibPQ
package import Primitives

/// Where the database is and how much of it a service uses; the section `database` of every service that has one.
package struct PostgresConfiguration: Sendable {
    /// A libpq URI or keyword string, handed to libpq as it is: several hosts, TLS, Kerberos and the rest are as libpq
    /// documents them (PostgreSQL documentation §34.1). Where it does not say otherwise, only a server that takes
    /// writes is used (`target_session_attrs=read-write`) and dead peers are noticed after ten seconds.
    package var url: String
    /// The password, if the URL, a passfile or a certificate does not do without.
    package var password: SecretBytes?
    /// Connections for reading, each deeply pipelined.
    package var readConnections: Int
    /// Connections for autocommit writes and transactions.
    package var writeConnections: Int
    /// How long one host may take to let a connection in, and the session to be set up; whole seconds.
    package var connectTimeout: Duration
    /// What a statement or a transaction may take in all, waiting for a connection included, unless its caller says.
    package var statementDeadline: Duration
    /// What `pg_stat_activity` shows, unless the URL says.
    package var applicationName: String

    package init(
        url: String, password: SecretBytes? = nil, readConnections: Int = 4, writeConnections: Int = 8,
        connectTimeout: Duration = .seconds(3), statementDeadline: Duration = .seconds(5),
        applicationName: String = "countersign"
    ) {
        self.url = url
        self.password = password
        self.readConnections = readConnections
        self.writeConnections = writeConnections
        self.connectTimeout = connectTimeout
        self.statementDeadline = statementDeadline
        self.applicationName = applicationName
    }

    /// The section's keys with mfa-core's numbers of connections.
    package static let keys = keys(readConnections: 4, writeConnections: 8)

    /// The section's keys with a service's own default numbers of connections.
    package static func keys(readConnections: Int, writeConnections: Int) -> [SettingKey] {
        [
            urlKey, passwordKey, readConnectionsKey(readConnections), writeConnectionsKey(writeConnections),
            connectTimeoutKey, deadlineKey,
        ]
    }

    /// Reads the section, with the same default numbers of connections as were given to `keys`.
    package init(reading settings: inout SettingsReader, readConnections: Int = 4, writeConnections: Int = 8) {
        self.init(
            url: settings.text(Self.urlKey),
            password: settings.secret(Self.passwordKey),
            readConnections: settings.integer(Self.readConnectionsKey(readConnections), in: 1...64),
            writeConnections: settings.integer(Self.writeConnectionsKey(writeConnections), in: 1...256),
            connectTimeout: settings.seconds(Self.connectTimeoutKey, in: 1...60),
            statementDeadline: settings.seconds(Self.deadlineKey, in: 1...60))
        Self.check(url, of: Self.urlKey, Self.passwordKey, &settings)
    }

    /// Reads another login, from keys of its owner's own; the rest keeps its defaults.
    package init(
        url urlKey: SettingKey, password passwordKey: SettingKey, applicationName: String,
        reading settings: inout SettingsReader
    ) {
        self.init(
            url: settings.text(urlKey), password: settings.secret(passwordKey), applicationName: applicationName)
        Self.check(url, of: urlKey, passwordKey, &settings)
    }

    private static func check(
        _ url: String, of urlKey: SettingKey, _ passwordKey: SettingKey, _ settings: inout SettingsReader
    ) {
        guard !url.isEmpty else { return }
        switch reading(of: url) {
        case .unreadable: settings.report(urlKey, "is neither a libpq URI nor a keyword string")
        case .hasPassword: settings.report(urlKey, "must not hold a password; use \(passwordKey.name)")
        case .fit: break
        }
    }

    private static let urlKey = SettingKey(
        "database.url", .text,
        "libpq URI or keyword string, several hosts and TLS options included, without a password")
    private static let passwordKey = SettingKey(
        "database.passwordFile", .secretFile, effect: .reload,
        "file with the password of the database role")
    private static let connectTimeoutKey = SettingKey(
        "database.connectTimeoutSeconds", .seconds, default: "3", "how long one host may take to let a connection in")
    private static let deadlineKey = SettingKey(
        "database.deadlineSeconds", .seconds, default: "5",
        "how long a statement may take in all; its connection is closed then")

    private static func readConnectionsKey(_ count: Int) -> SettingKey {
        SettingKey("database.readConnections", .integer, default: String(count), "connections for reading")
    }

    private static func writeConnectionsKey(_ count: Int) -> SettingKey {
        SettingKey(
            "database.writeConnections", .integer, default: String(count), "connections for writes and transactions")
    }

    private enum Reading {
        case fit, hasPassword, unreadable
    }

    /// libpq's own message is not used: for a malformed URI it repeats the whole of it, password included.
    private static func reading(of url: String) -> Reading {
        var message: UnsafeMutablePointer<CChar>?
        guard let options = PQconninfoParse(url, &message) else {
            PQfreemem(message)
            return .unreadable
        }
        defer { PQconninfoFree(options) }
        var option = options
        while let keyword = option.pointee.keyword {
            if String(cString: keyword) == "password", option.pointee.val != nil { return .hasPassword }
            option += 1
        }
        return .fit
    }
}

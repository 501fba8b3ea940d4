// SPDX-License-Identifier: Apache-2.0

package import NIOSSL
package import Primitives

/// A listener's address, TLS and limits. Keys, in a section such as `listener`: `host`, `port`, `certificate`,
/// `privateKey`, `clientCA`, `connectionsMax`, `headSeconds`, `bodySeconds`, `idleSeconds`.
package struct ListenerConfiguration: Sendable {
    package let host: String
    /// 0 takes any free port; the log tells which.
    package let port: Int
    /// Nil for plain HTTP, which only the operators' listener speaks.
    package let tls: TLSConfiguration?
    package let connectionsMax: Int
    package let deadlines: ConnectionDeadlines.Limits

    /// Whether every client must show a certificate.
    package var isMutual: Bool { tls.map { $0.certificateVerification != .none } ?? false }

    /// The documented keys of `section`.
    ///
    /// - Parameter mutual: whether the listener is for our own services, which must show a certificate.
    package static func keys(
        section: String, defaultHost: String = "0.0.0.0", defaultPort: Int, mutual: Bool = false
    ) -> [SettingKey] {
        Keys(section, defaultHost, defaultPort, mutual: mutual).all
    }

    package init(
        section: String, defaultHost: String = "0.0.0.0", defaultPort: Int, mutual: Bool = false,
        reading reader: inout SettingsReader
    ) {
        let keys = Keys(section, defaultHost, defaultPort, mutual: mutual)
        host = reader.text(keys.host)
        port = reader.integer(keys.port, in: 0...65_535)
        connectionsMax = reader.integer(keys.connectionsMax, in: 1...1_000_000)
        deadlines = ConnectionDeadlines.Limits(
            head: reader.seconds(keys.headSeconds, in: 1...600),
            body: reader.seconds(keys.bodySeconds, in: 1...3_600),
            idle: reader.seconds(keys.idleSeconds, in: 1...3_600))
        _ = reader.text(keys.certificate)
        _ = reader.text(keys.privateKey)
        let certificates = reader.certificates(keys.certificate)
        let privateKey = reader.privateKey(keys.privateKey)
        if mutual { _ = reader.text(keys.clientCA) }
        let clientCA = reader.optionalText(keys.clientCA) == nil ? nil : reader.certificates(keys.clientCA)
        guard let privateKey, !certificates.isEmpty else {
            tls = nil
            return
        }
        let configuration = TLSPolicy.server(certificates: certificates, key: privateKey, clientCA: clientCA)
        reader.check(configuration, key: keys.privateKey)
        tls = configuration
    }

    package init(
        host: String, port: Int, tls: TLSConfiguration?, connectionsMax: Int = 10_000,
        deadlines: ConnectionDeadlines.Limits = .init()
    ) {
        self.host = host
        self.port = port
        self.tls = tls
        self.connectionsMax = connectionsMax
        self.deadlines = deadlines
    }

    /// Without TLS, and with room for probes and scrapers only.
    static func plain(host: String, port: Int) -> ListenerConfiguration {
        ListenerConfiguration(host: host, port: port, tls: nil, connectionsMax: 256)
    }
}

private struct Keys {
    let host, port, certificate, privateKey, clientCA: SettingKey
    let connectionsMax, headSeconds, bodySeconds, idleSeconds: SettingKey

    var all: [SettingKey] {
        [
            host, port, certificate, privateKey, clientCA, connectionsMax, headSeconds, bodySeconds, idleSeconds,
        ]
    }

    init(_ section: String, _ defaultHost: String, _ defaultPort: Int, mutual: Bool) {
        host = SettingKey("\(section).host", .text, default: defaultHost, "Address to listen on.")
        port = SettingKey(
            "\(section).port", .integer, default: "\(defaultPort)", "Port to listen on; 0 takes a free one.")
        certificate = SettingKey(
            "\(section).certificate", .path, effect: .reload,
            "PEM file with the certificate and those between it and its authority.")
        privateKey = SettingKey(
            "\(section).privateKey", .secretFile, effect: .reload, "PEM file with the private key of the certificate.")
        clientCA = SettingKey(
            "\(section).clientCA", .path, effect: .reload,
            mutual
                ? "PEM file with the authority of client certificates; every client must show one."
                : "PEM file with the authority of client certificates; when set, every client must show one.")
        connectionsMax = SettingKey(
            "\(section).connectionsMax", .integer, default: "10000", "Open connections; more are refused.")
        headSeconds = SettingKey(
            "\(section).headSeconds", .seconds, default: "10", "Time for the TLS handshake and for each request's head."
        )
        bodySeconds = SettingKey("\(section).bodySeconds", .seconds, default: "30", "Time for each request's body.")
        idleSeconds = SettingKey(
            "\(section).idleSeconds", .seconds, default: "60", "How long a connection may wait for its next request.")
    }
}

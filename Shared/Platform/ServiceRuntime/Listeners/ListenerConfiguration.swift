// SPDX-License-Identifier: Apache-2.0

package import NIOSSL
package import Primitives

/// A listener's address, TLS and limits. Keys, in a section such as `listener`: `host`, `port`, `certificate`,
/// `privateKey`, `clientCA`, `connectionsMax`, `connectionsPerAddressMax`, `headSeconds`, `bodySeconds`, `idleSeconds`, and
/// for all but our own services `trustedProxies`, `forwardedHeader`, `proxyProtocol`; where service accounts call,
/// `clientRevocationLists`.
package struct ListenerConfiguration: Sendable {
    package let host: String
    /// 0 takes any free port; the log tells which.
    package let port: Int
    /// Nil for plain HTTP, which only the operators' listener speaks.
    package let tls: TLSConfiguration?
    package let connectionsMax: Int
    /// Of one client address, so that one client alone does not fill the listener.
    package let connectionsPerAddressMax: Int
    package let deadlines: ConnectionDeadlines.Limits
    /// The proxies that may say whom they speak for.
    package let proxies: TrustedProxies
    /// Whether they say it by the PROXY protocol, before TLS.
    package let proxyProtocol: Bool
    /// Where service accounts may come with certificates: which are good.
    package let clientTrust: ClientTrust?

    /// Whether every client must show a certificate.
    package var isMutual: Bool { tls?.demandsCertificate ?? false }

    /// The documented keys of `section`.
    ///
    /// - Parameters:
    ///   - mutual: whether the listener is for our own services, which must show a certificate.
    ///   - accounts: whether it is for service accounts, which may show one.
    package static func keys(
        section: String, defaultHost: String = "0.0.0.0", defaultPort: Int, mutual: Bool = false, accounts: Bool = false
    ) -> [SettingKey] {
        Keys(section, defaultHost, defaultPort, mutual: mutual, accounts: accounts).all
    }

    package init(
        section: String, defaultHost: String = "0.0.0.0", defaultPort: Int, mutual: Bool = false,
        accounts: Bool = false, reading reader: inout SettingsReader
    ) {
        let keys = Keys(section, defaultHost, defaultPort, mutual: mutual, accounts: accounts)
        host = reader.text(keys.host)
        port = reader.integer(keys.port, in: 0...65_535)
        connectionsMax = reader.integer(keys.connectionsMax, in: 1...1_000_000)
        connectionsPerAddressMax = reader.integer(keys.connectionsPerAddressMax, in: 1...1_000_000)
        deadlines = ConnectionDeadlines.Limits(
            head: reader.seconds(keys.headSeconds, in: 1...600),
            body: reader.seconds(keys.bodySeconds, in: 1...3_600),
            idle: reader.seconds(keys.idleSeconds, in: 1...3_600))
        proxyProtocol = !mutual && reader.boolean(keys.proxyProtocol)
        proxies = mutual ? TrustedProxies() : Self.proxies(keys, needed: proxyProtocol, reading: &reader)
        _ = reader.text(keys.certificate)
        _ = reader.text(keys.privateKey)
        let certificates = reader.certificates(keys.certificate)
        let privateKey = reader.privateKey(keys.privateKey)
        if mutual { _ = reader.text(keys.clientCA) }
        let clientCA = reader.optionalText(keys.clientCA) == nil ? nil : reader.certificates(keys.clientCA)
        clientTrust = accounts ? Self.trust(keys, clientCA, reading: &reader) : nil
        guard let privateKey, !certificates.isEmpty else {
            tls = nil
            return
        }
        let configuration = TLSPolicy.server(
            certificates: certificates, key: privateKey, clientCA: clientCA, isOptional: accounts)
        reader.check(configuration, key: keys.privateKey)
        tls = configuration
    }

    package init(
        host: String, port: Int, tls: TLSConfiguration?, connectionsMax: Int = 10_000,
        connectionsPerAddressMax: Int = 1_000, deadlines: ConnectionDeadlines.Limits = .init(),
        proxies: TrustedProxies = TrustedProxies(), proxyProtocol: Bool = false, clientTrust: ClientTrust? = nil
    ) {
        self.host = host
        self.port = port
        self.tls = tls
        self.connectionsMax = connectionsMax
        self.connectionsPerAddressMax = connectionsPerAddressMax
        self.deadlines = deadlines
        self.proxies = proxies
        self.proxyProtocol = proxyProtocol
        self.clientTrust = clientTrust
    }

    private static func trust(
        _ keys: Keys, _ authorities: [NIOSSLCertificate]?, reading reader: inout SettingsReader
    ) -> ClientTrust? {
        let lists = reader.list(keys.clientRevocationLists)
        guard let authorities else {
            if !lists.isEmpty { reader.report(keys.clientRevocationLists, "needs \(keys.clientCA.name)") }
            return nil
        }
        let trust = ClientTrust(authorities: authorities.compactMap { try? $0.toDERBytes() }, listFiles: lists)
        for fault in trust.report.faults { reader.report(keys.clientRevocationLists, fault) }
        return trust
    }

    private static func proxies(_ keys: Keys, needed: Bool, reading reader: inout SettingsReader) -> TrustedProxies {
        let networks = reader.list(keys.trustedProxies).compactMap { text -> IPNetwork? in
            if let network = IPNetwork(text) { return network }
            reader.report(keys.trustedProxies, "“\(text)” is no network such as 10.0.0.0/8 or 2001:db8::/32")
            return nil
        }
        if needed, networks.isEmpty {
            reader.report(keys.proxyProtocol, "needs \(keys.trustedProxies.name): nobody else is believed")
        }
        return TrustedProxies(networks: networks, header: reader.choice(keys.forwardedHeader))
    }

    /// Without TLS, and with room for probes and scrapers only.
    static func plain(host: String, port: Int) -> ListenerConfiguration {
        ListenerConfiguration(host: host, port: port, tls: nil, connectionsMax: 256)
    }
}

private struct Keys {
    let host, port, certificate, privateKey, clientCA: SettingKey
    let connectionsMax, connectionsPerAddressMax, headSeconds, bodySeconds, idleSeconds: SettingKey
    let trustedProxies, forwardedHeader, proxyProtocol, clientRevocationLists: SettingKey
    let mutual, accounts: Bool

    var all: [SettingKey] {
        [
            host, port, certificate, privateKey, clientCA, connectionsMax, connectionsPerAddressMax, headSeconds,
            bodySeconds, idleSeconds,
        ] + (mutual ? [] : [trustedProxies, forwardedHeader, proxyProtocol])
            + (accounts ? [clientRevocationLists] : [])
    }

    init(_ section: String, _ defaultHost: String, _ defaultPort: Int, mutual: Bool, accounts: Bool) {
        self.mutual = mutual
        self.accounts = accounts
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
                : accounts
                    ? "PEM file with the authorities of client certificates; when set, a service account may show one."
                    : "PEM file with the authority of client certificates; when set, every client must show one.")
        connectionsMax = SettingKey(
            "\(section).connectionsMax", .integer, default: "10000", "Open connections; more are refused.")
        connectionsPerAddressMax = SettingKey(
            "\(section).connectionsPerAddressMax", .integer, default: "1000",
            "Open connections of one client address; more are refused. Trusted proxies may have all of them.")
        headSeconds = SettingKey(
            "\(section).headSeconds", .seconds, default: "10", "Time for the TLS handshake and for each request's head."
        )
        bodySeconds = SettingKey("\(section).bodySeconds", .seconds, default: "30", "Time for each request's body.")
        idleSeconds = SettingKey(
            "\(section).idleSeconds", .seconds, default: "60", "How long a connection may wait for its next request.")
        clientRevocationLists = SettingKey(
            "\(section).clientRevocationLists", .list,
            "Files, PEM or DER, with revocation lists of the authorities; when set, each of them needs a current one.")
        trustedProxies = SettingKey(
            "\(section).trustedProxies", .list,
            "Networks of the proxies that may say whom they speak for; what others say of it is not read.")
        forwardedHeader = SettingKey(
            "\(section).forwardedHeader", .text, default: "x-forwarded-for",
            "The header that the proxies write, x-forwarded-for or forwarded (RFC 7239); the other one is not read.")
        proxyProtocol = SettingKey(
            "\(section).proxyProtocol", .boolean, default: "false",
            "Whether the proxies say it by the PROXY protocol, version 1 or 2; all other connections are closed.")
    }
}

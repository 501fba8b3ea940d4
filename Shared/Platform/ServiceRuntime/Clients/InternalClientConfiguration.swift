// SPDX-License-Identifier: Apache-2.0

package import NIOSSL
package import Primitives

/// How a service reaches another. Keys, in a section such as `core`: `urls`, `ca`, `certificate`, `privateKey`,
/// `connectionsMax`.
package struct InternalClientConfiguration: Sendable {
    /// Base URLs of all copies of the other service, without a slash at the end.
    package let urls: [String]
    package let tls: TLSConfiguration
    /// Connections kept to each copy.
    package let connectionsMax: Int

    /// Whether this side shows a certificate.
    package var isMutual: Bool { !tls.certificateChain.isEmpty }

    /// The documented keys of `section`.
    ///
    /// - Parameter mutual: whether the other service asks for a certificate, which then must be configured.
    package static func keys(section: String, defaultURL: String, mutual: Bool) -> [SettingKey] {
        Keys(section, defaultURL, mutual: mutual).all
    }

    package init(section: String, defaultURL: String, mutual: Bool, reading reader: inout SettingsReader) {
        let keys = Keys(section, defaultURL, mutual: mutual)
        urls = reader.list(keys.urls).map { $0.hasSuffix("/") ? String($0.dropLast()) : $0 }
        connectionsMax = reader.integer(keys.connectionsMax, in: 1...10_000)
        if urls.isEmpty { reader.report(keys.urls, "needs at least one URL") }
        for url in urls where !url.hasPrefix("https://") || url.count <= "https://".count {
            reader.report(keys.urls, "expected https://HOST:PORT, found “\(url)”")
        }
        let roots = reader.optionalText(keys.ca) == nil ? nil : reader.certificates(keys.ca)
        guard mutual else {
            tls = TLSPolicy.client(roots: roots, certificates: [], key: nil)
            return
        }
        _ = reader.text(keys.certificate)
        _ = reader.text(keys.privateKey)
        let certificates = reader.certificates(keys.certificate)
        let privateKey = reader.privateKey(keys.privateKey)
        tls = TLSPolicy.client(roots: roots, certificates: certificates, key: privateKey)
        if privateKey != nil, !certificates.isEmpty { reader.check(tls, key: keys.privateKey) }
    }

    package init(urls: [String], tls: TLSConfiguration, connectionsMax: Int = 64) {
        self.urls = urls
        self.tls = tls
        self.connectionsMax = connectionsMax
    }
}

private struct Keys {
    let urls, ca, connectionsMax, certificate, privateKey: SettingKey
    let mutual: Bool

    var all: [SettingKey] { [urls, ca, connectionsMax] + (mutual ? [certificate, privateKey] : []) }

    init(_ section: String, _ defaultURL: String, mutual: Bool) {
        self.mutual = mutual
        urls = SettingKey("\(section).urls", .list, default: defaultURL, "Base URL of each copy of the service.")
        ca = SettingKey(
            "\(section).ca", .path, effect: .reload,
            "PEM file with the authority of the service's certificate; without it those of the system are trusted.")
        connectionsMax = SettingKey(
            "\(section).connectionsMax", .integer, default: "64", "Connections kept to each copy.")
        certificate = SettingKey(
            "\(section).certificate", .path, effect: .reload, "PEM file with the certificate to show.")
        privateKey = SettingKey(
            "\(section).privateKey", .secretFile, effect: .reload,
            "PEM file with the private key of that certificate.")
    }
}

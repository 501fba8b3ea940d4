// SPDX-License-Identifier: Apache-2.0

package import NIOSSL
package import Primitives

/// Where a service sends what has to be kept elsewhere, too. Keys: `syslog.host`, without which nothing is sent,
/// `port`, `ca`, `certificate`, `privateKey`, `facility`.
package struct SyslogConfiguration: Sendable {
    /// A name or an address; the receiver's certificate has to name it.
    package let host: String
    package let port: Int
    /// The number of RFC 5424 §6.2.1.
    package let facility: Int
    package let tls: TLSConfiguration

    /// Who it is, by the settings: what was sent is remembered by this name.
    package var receiver: String { "\(host):\(port)" }

    /// Nil when no receiver is configured; then a certificate for it is a mistake.
    package init?(reading reader: inout SettingsReader) {
        let port = reader.integer(Self.portKey, in: 1...65_535)
        let facility = reader.integer(Self.facilityKey, in: 0...23)
        let isMutual = [Self.certificateKey, Self.privateKeyKey].contains { reader.optionalText($0) != nil }
        let roots = reader.optionalText(Self.caKey) == nil ? nil : reader.certificates(Self.caKey)
        if isMutual {
            _ = reader.text(Self.certificateKey)
            _ = reader.text(Self.privateKeyKey)
        }
        let certificates = reader.certificates(Self.certificateKey)
        let privateKey = reader.privateKey(Self.privateKeyKey)
        guard let host = reader.optionalText(Self.hostKey) else {
            for key in [Self.caKey, Self.certificateKey, Self.privateKeyKey] where reader.optionalText(key) != nil {
                reader.report(key, "needs \(Self.hostKey.name): without it nothing is sent")
            }
            return nil
        }
        if !Self.isHost(host) {
            reader.report(Self.hostKey, "expected a host name or an address, without a port, found “\(host)”")
        }
        self.init(
            host: host, port: port, facility: facility,
            tls: TLSPolicy.client(roots: roots, certificates: certificates, key: privateKey))
        if privateKey != nil, !certificates.isEmpty { reader.check(tls, key: Self.privateKeyKey) }
    }

    package init(host: String, port: Int, facility: Int = 13, tls: TLSConfiguration) {
        self.host = host
        self.port = port
        self.facility = facility
        var tls = tls
        // RFC 5425 knows no protocols to choose from.
        tls.applicationProtocols = []
        self.tls = tls
    }

    private static func isHost(_ text: String) -> Bool {
        if IPAddress(parsing: text) != nil { return true }
        return text.utf8.count <= 253
            && text.utf8.allSatisfy { byte in
                switch byte {
                case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"): true
                case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "."), UInt8(ascii: "_"):
                    true
                default: false
                }
            }
    }

    /// The documented keys.
    package static let keys: [SettingKey] = [hostKey, portKey, caKey, certificateKey, privateKeyKey, facilityKey]

    private static let hostKey = SettingKey(
        "syslog.host", .text,
        "Host of the syslog receiver (RFC 5424 over TLS) that gets the audit; without it nothing is sent.")
    private static let portKey = SettingKey("syslog.port", .integer, default: "6514", "Its port.")
    private static let caKey = SettingKey(
        "syslog.ca", .path, effect: .reload,
        "PEM file with the authority of its certificate; without it those of the system are trusted.")
    private static let certificateKey = SettingKey(
        "syslog.certificate", .path, effect: .reload, "PEM file with the certificate to show to it, if it asks for one."
    )
    private static let privateKeyKey = SettingKey(
        "syslog.privateKey", .secretFile, effect: .reload, "PEM file with the private key of that certificate.")
    private static let facilityKey = SettingKey(
        "syslog.facility", .integer, default: "13", "The facility of the messages by its number: 13 is log audit.")
}

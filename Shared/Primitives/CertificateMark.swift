// SPDX-License-Identifier: Apache-2.0
internal import Crypto

/// What a client's certificate is known by: all of it, or one of its subject's alternative names (RFC 5280 §4.2.1.6).
///
/// mfa-core writes marks beside a service account, sdk-service finds the account by them.
package struct CertificateMark: Hashable, Sendable, CustomStringConvertible {
    /// Certificates of accounts may carry a URI that names the account.
    private static let accountURI = "countersign://account/"
    private static let textBytesMax = 512

    /// `sha256:…` in hexadecimal, `uri:…` or `dns:…`.
    package let description: String

    /// All of a certificate, which stands in DER.
    package init(der: [UInt8]) {
        description = "sha256:" + Hex.encode(Array(SHA256.hash(data: der)))
    }

    /// A URI among its names, compared byte for byte.
    package init(uri: String) {
        description = "uri:" + uri
    }

    /// A host among its names.
    package init(dns: String) {
        description = "dns:" + dns.lowercased()
    }

    /// Reads `URI:countersign://account/vpn` or `DNS:vpn.example.org`, as `openssl` writes alternative names; nil for
    /// anything else.
    package init?(parsing text: String) {
        let parts = text.split(separator: ":", maxSplits: 1).map(String.init)
        guard parts.count == 2, parts[1].utf8.count <= Self.textBytesMax,
            parts[1].utf8.allSatisfy({ (0x21...0x7e).contains($0) })
        else { return nil }
        switch parts[0].lowercased() {
        case "uri" where parts[1].contains(":"): self.init(uri: parts[1])
        // A wildcard names nobody in particular.
        case "dns" where !parts[1].contains("*") && !parts[1].contains("/"): self.init(dns: parts[1])
        default: return nil
        }
    }

    /// Whether it may stand for the account of that name: what names another account, or one of our own services, is
    /// no mark of this one.
    package func mayStand(for account: String) -> Bool {
        guard description.hasPrefix("uri:countersign:") else { return true }
        return description == "uri:" + Self.accountURI + account
    }
}

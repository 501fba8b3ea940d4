// SPDX-License-Identifier: Apache-2.0
import Primitives

/// What the QR code of an activation holds: where the phone finds the service, and the secret to show there.
///
/// Form: `countersign://activate?service=<percent-encoded base URL>&secret=<base64url>`. Parameters may be swapped; a
/// missing, doubled or unknown one, another scheme than https, and more than 2 KiB are refused.
package struct ActivationLink: Sendable {
    private static let prefix = "countersign://activate?"

    /// The base URL of the service for phones, without a slash at the end: `https://mfa.example.com:8444/PA`.
    package let service: String
    package let secret: ActivationSecret

    /// Refuses a `service` that is not a plain https URL: host, optional port and path, nothing else.
    package init?(service: String, secret: ActivationSecret) {
        var service = service
        while service.hasSuffix("/") { service.removeLast() }
        guard Self.isPlainURL(service) else { return nil }
        self.service = service
        self.secret = secret
        guard text.utf8.count <= DeviceProtocolLimits.activationLinkBytesMax else { return nil }
    }

    /// Reads a link; nil when it is not one, and then nothing of it is kept.
    package init?(parsing link: String) {
        guard link.utf8.count <= DeviceProtocolLimits.activationLinkBytesMax, link.hasPrefix(Self.prefix)
        else { return nil }
        var service: String?
        var secret: ActivationSecret?
        let query = link.utf8.dropFirst(Self.prefix.utf8.count)
        for pair in query.split(separator: UInt8(ascii: "&"), omittingEmptySubsequences: false) {
            let sides = pair.split(separator: UInt8(ascii: "="), maxSplits: 1).map { Substring($0) }
            guard sides.count == 2, let value = PercentEncoding.decode(sides[1]) else { return nil }
            switch sides[0] {
            case "service" where service == nil: service = value
            case "secret" where secret == nil:
                guard let parsed = ActivationSecret(parsing: value) else { return nil }
                secret = parsed
            default: return nil
            }
        }
        guard let service, let secret else { return nil }
        self.init(service: service, secret: secret)
    }

    /// The link, secret included: show it once and keep it nowhere.
    package var text: String {
        "\(Self.prefix)service=\(PercentEncoding.encode(service))&secret=\(secret.text)"
    }

    /// Whether `text` is `https://host[:port][/path]` of visible ASCII, without user name, query and fragment.
    private static func isPlainURL(_ text: String) -> Bool {
        guard text.hasPrefix("https://") else { return false }
        let rest = text.utf8.dropFirst("https://".utf8.count)
        let refused = Array(##""#?@<>\^`{|}"##.utf8)
        guard rest.allSatisfy({ (0x21...0x7e).contains($0) && !refused.contains($0) }) else { return false }
        let authority = rest.prefix { $0 != UInt8(ascii: "/") }
        return !authority.isEmpty && authority.first != UInt8(ascii: ":")
    }
}

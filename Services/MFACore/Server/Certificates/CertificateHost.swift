// SPDX-License-Identifier: Apache-2.0
import Glibc
import SwiftASN1
import X509

/// A DNS name or an IP address that a certificate is good for.
struct CertificateHost: Sendable, Equatable {
    /// As it was given.
    let text: String
    private let address: [UInt8]?

    /// Nil for what is neither an address nor a host name (RFC 1123 §2.1); wildcards are no hosts.
    init?(_ text: String) {
        self.text = text
        address = Self.address(text)
        guard address != nil || Self.isName(text) else { return nil }
    }

    var generalName: GeneralName {
        if let address { .ipAddress(ASN1OctetString(contentBytes: address[...])) } else { .dnsName(text) }
    }

    private static func address(_ text: String) -> [UInt8]? {
        for (family, count) in [(AF_INET, 4), (AF_INET6, 16)] {
            var bytes = [UInt8](repeating: 0, count: count)
            if inet_pton(family, text, &bytes) == 1 { return bytes }
        }
        return nil
    }

    private static func isName(_ text: String) -> Bool {
        guard (1...253).contains(text.utf8.count) else { return false }
        let labels = text.utf8.split(separator: UInt8(ascii: "."), omittingEmptySubsequences: false)
        // A last label of digits alone would be a mistyped address.
        let isNumeric = labels.last?.allSatisfy { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) } ?? true
        return !isNumeric && labels.allSatisfy(isLabel)
    }

    private static func isLabel(_ label: Substring.UTF8View) -> Bool {
        let hyphen = UInt8(ascii: "-")
        guard (1...63).contains(label.count), label.first != hyphen, label.last != hyphen else { return false }
        return label.allSatisfy { character in
            switch character {
            case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                UInt8(ascii: "0")...UInt8(ascii: "9"), hyphen:
                true
            default: false
            }
        }
    }
}

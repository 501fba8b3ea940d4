// SPDX-License-Identifier: Apache-2.0

import FoundationEssentials
package import Primitives
import SwiftASN1
import X509

/// What matters of a client's certificate once TLS has verified its chain.
package struct ClientCertificate: Sendable {
    /// What accounts know it by.
    package let marks: [CertificateMark]
    /// The URIs among its names.
    package let uris: [String]
    let serial: [UInt8]
    let issuer: DistinguishedName
    let notBefore: Instant
    let notAfter: Instant
    /// Whether it says that it is for TLS clients; one that does not say so is not.
    let isForClients: Bool

    /// Nil for bytes that are no certificate, or one whose extensions cannot be read.
    package init?(der: [UInt8]) {
        guard let certificate = try? Certificate(derEncoded: der) else { return nil }
        do {
            let names = try certificate.extensions.subjectAlternativeNames.map { Array($0) } ?? []
            let uses = try certificate.extensions.extendedKeyUsage
            isForClients = uses?.contains(.clientAuth) ?? false
            uris = names.compactMap { name in
                if case .uniformResourceIdentifier(let uri) = name { uri } else { nil }
            }
            let hosts = names.compactMap { name -> String? in
                if case .dnsName(let host) = name { host } else { nil }
            }
            marks =
                [CertificateMark(der: der)] + uris.map { CertificateMark(uri: $0) }
                + hosts.map { CertificateMark(dns: $0) }
        } catch {
            return nil
        }
        serial = Array(certificate.serialNumber.bytes)
        issuer = certificate.issuer
        notBefore = Instant(seconds: Int64(certificate.notValidBefore.timeIntervalSince1970))
        notAfter = Instant(seconds: Int64(certificate.notValidAfter.timeIntervalSince1970))
    }
}

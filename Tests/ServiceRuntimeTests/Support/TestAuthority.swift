// SPDX-License-Identifier: Apache-2.0

import Crypto
import Foundation
import NIOSSL
import SwiftASN1
import X509

/// A certificate authority that lives as long as a test.
struct TestAuthority {
    /// A certificate and its key, as PEM.
    struct KeyPair {
        let certificate: String
        let key: String

        var certificates: [NIOSSLCertificate] {
            get throws { try NIOSSLCertificate.fromPEMBytes(Array(certificate.utf8)) }
        }

        var privateKey: NIOSSLPrivateKey {
            get throws { try NIOSSLPrivateKey(bytes: Array(key.utf8), format: .pem) }
        }
    }

    private let key = P256.Signing.PrivateKey()
    private let name: DistinguishedName
    let pem: String

    init(_ commonName: String = "Test Authority") throws {
        name = try DistinguishedName { CommonName(commonName) }
        let certificate = try Self.certificate(
            for: key.publicKey, subject: name, issuer: name, signedBy: key,
            extensions: Certificate.Extensions {
                Critical(BasicConstraints.isCertificateAuthority(maxPathLength: 0))
                Critical(KeyUsage(keyCertSign: true))
            })
        pem = try certificate.serializeAsPEM().pemString
    }

    var certificates: [NIOSSLCertificate] {
        get throws { try NIOSSLCertificate.fromPEMBytes(Array(pem.utf8)) }
    }

    /// A certificate for a host name and, when given, a URI.
    func issue(host: String = "localhost", uri: String? = nil) throws -> KeyPair {
        let own = P256.Signing.PrivateKey()
        let names = [GeneralName.dnsName(host)] + (uri.map { [.uniformResourceIdentifier($0)] } ?? [])
        let certificate = try Self.certificate(
            for: own.publicKey, subject: DistinguishedName { CommonName(host) }, issuer: name, signedBy: key,
            extensions: Certificate.Extensions {
                Critical(BasicConstraints.notCertificateAuthority)
                try ExtendedKeyUsage([.serverAuth, .clientAuth])
                SubjectAlternativeNames(names)
            })
        return KeyPair(certificate: try certificate.serializeAsPEM().pemString, key: own.pemRepresentation)
    }

    private static func certificate(
        for publicKey: P256.Signing.PublicKey, subject: DistinguishedName, issuer: DistinguishedName,
        signedBy key: P256.Signing.PrivateKey, extensions: Certificate.Extensions
    ) throws -> Certificate {
        let now = Date()
        return try Certificate(
            version: .v3, serialNumber: Certificate.SerialNumber(), publicKey: .init(publicKey),
            notValidBefore: now.addingTimeInterval(-3_600), notValidAfter: now.addingTimeInterval(86_400),
            issuer: issuer, subject: subject, signatureAlgorithm: .ecdsaWithSHA256, extensions: extensions,
            issuerPrivateKey: .init(key))
    }
}

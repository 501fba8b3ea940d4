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
        var serial: [UInt8] = []

        var certificates: [NIOSSLCertificate] {
            get throws { try NIOSSLCertificate.fromPEMBytes(Array(certificate.utf8)) }
        }

        var privateKey: NIOSSLPrivateKey {
            get throws { try NIOSSLPrivateKey(bytes: Array(key.utf8), format: .pem) }
        }
    }

    let key = P256.Signing.PrivateKey()
    let name: DistinguishedName
    let pem: String
    let serial: [UInt8]

    /// - Parameter issuer: who signs its certificate; itself when nil.
    init(_ commonName: String = "Test Authority", issuer: TestAuthority? = nil, signsLists: Bool = true) throws {
        name = try DistinguishedName { CommonName(commonName) }
        let certificate = try Self.certificate(
            for: key.publicKey, subject: name, issuer: issuer?.name ?? name, signedBy: issuer?.key ?? key,
            extensions: Certificate.Extensions {
                Critical(BasicConstraints.isCertificateAuthority(maxPathLength: issuer == nil ? 1 : 0))
                Critical(KeyUsage(keyCertSign: true, cRLSign: signsLists))
            })
        pem = try certificate.serializeAsPEM().pemString
        serial = Array(certificate.serialNumber.bytes)
    }

    var certificates: [NIOSSLCertificate] {
        get throws { try NIOSSLCertificate.fromPEMBytes(Array(pem.utf8)) }
    }

    /// A certificate for a host name and, when given, a URI; good from `hours.lowerBound` to its end, from now on.
    func issue(
        host: String = "localhost", uri: String? = nil,
        uses: [ExtendedKeyUsage.Usage]? = [.serverAuth, .clientAuth], hours: ClosedRange<Double> = -1...24
    ) throws -> KeyPair {
        let own = P256.Signing.PrivateKey()
        let names = [GeneralName.dnsName(host)] + (uri.map { [.uniformResourceIdentifier($0)] } ?? [])
        let certificate = try Self.certificate(
            for: own.publicKey, subject: DistinguishedName { CommonName(host) }, issuer: name, signedBy: key,
            hours: hours,
            extensions: Certificate.Extensions {
                Critical(BasicConstraints.notCertificateAuthority)
                if let uses { try ExtendedKeyUsage(uses) }
                SubjectAlternativeNames(names)
            })
        return KeyPair(
            certificate: try certificate.serializeAsPEM().pemString, key: own.pemRepresentation,
            serial: Array(certificate.serialNumber.bytes))
    }

    private static func certificate(
        for publicKey: P256.Signing.PublicKey, subject: DistinguishedName, issuer: DistinguishedName,
        signedBy key: P256.Signing.PrivateKey, hours: ClosedRange<Double> = -1...24,
        extensions: Certificate.Extensions
    ) throws -> Certificate {
        let now = Date()
        return try Certificate(
            version: .v3, serialNumber: Certificate.SerialNumber(), publicKey: .init(publicKey),
            notValidBefore: now.addingTimeInterval(hours.lowerBound * 3_600),
            notValidAfter: now.addingTimeInterval(hours.upperBound * 3_600),
            issuer: issuer, subject: subject, signatureAlgorithm: .ecdsaWithSHA256, extensions: extensions,
            issuerPrivateKey: .init(key))
    }
}

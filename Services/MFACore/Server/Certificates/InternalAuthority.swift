// SPDX-License-Identifier: Apache-2.0
import Crypto
import Foundation
import MFACoreStore
import Primitives
import SwiftASN1
import X509

/// The certificate authority by which the four services recognise each other (P-256, RFC 5280).
///
/// It signs for the services alone: a leaf carries host names for servers, the service's URI for clients, and both
/// extended key usages. Its own key stands sealed in the database and is opened only while something is signed.
struct InternalAuthority {
    /// Ten years: changing it means new certificates on every host.
    static let lifetime: Duration = .seconds(3650 * 86_400)
    /// What public authorities may issue for at most, so that a year's renewal fits.
    static let leafLifetime: Duration = .seconds(398 * 86_400)
    /// A host whose clock is behind must not find a fresh certificate not yet valid.
    private static let clockTolerance: Duration = .seconds(3600)

    /// A certificate with the key that was made for it.
    struct Issue {
        let certificate: IssuedCertificate
        let certificatePEM: String
        let keyPEM: SecretBytes
    }

    private let certificate: Certificate
    private let key: P256.Signing.PrivateKey

    /// Opens what the database keeps.
    init(_ material: AuthorityMaterial) throws {
        certificate = try Certificate(derEncoded: material.certificate)
        key = try material.privateKey.withBytes { try P256.Signing.PrivateKey(rawRepresentation: $0) }
    }

    var pem: String {
        get throws { try certificate.serializeAsPEM().pemString + "\n" }
    }

    /// Makes a new authority.
    static func create(at now: Instant) throws -> AuthorityMaterial {
        let key = P256.Signing.PrivateKey()
        let serial = Certificate.SerialNumber()
        // The serial number keeps the authorities of two installations apart, also in a list that shows names only.
        let mark = Hex.encode(serial.bytes.prefix(4))
        let name = try DistinguishedName {
            OrganizationName("Countersign")
            CommonName("Countersign internal authority \(mark)")
        }
        let extensions = try Certificate.Extensions {
            Critical(BasicConstraints.isCertificateAuthority(maxPathLength: 0))
            Critical(KeyUsage(keyCertSign: true, cRLSign: true))
            SubjectKeyIdentifier(hash: Certificate.PublicKey(key.publicKey))
        }
        let certificate = try Certificate(
            version: .v3, serialNumber: serial, publicKey: .init(key.publicKey),
            notValidBefore: date(now - clockTolerance), notValidAfter: date(now + lifetime), issuer: name,
            subject: name, signatureAlgorithm: .ecdsaWithSHA256, extensions: extensions, issuerPrivateKey: .init(key))
        var serializer = DER.Serializer()
        try serializer.serialize(certificate)
        return AuthorityMaterial(
            certificate: serializer.serializedBytes, privateKey: SecretBytes(key.rawRepresentation))
    }

    /// Makes a key for `service` and signs a certificate for it.
    func issue(_ service: SuiteService, hosts: [CertificateHost], at now: Instant, by issuer: String) throws -> Issue {
        let own = P256.Signing.PrivateKey()
        let publicKey = Certificate.PublicKey(own.publicKey)
        let serial = Certificate.SerialNumber()
        let (notBefore, notAfter) = (now - Self.clockTolerance, now + Self.leafLifetime)
        let names = hosts.map(\.generalName) + [.uniformResourceIdentifier(service.uri)]
        let authorityKey = SubjectKeyIdentifier(hash: certificate.publicKey).keyIdentifier
        let extensions = try Certificate.Extensions {
            Critical(BasicConstraints.notCertificateAuthority)
            Critical(KeyUsage(digitalSignature: true))
            try ExtendedKeyUsage([.serverAuth, .clientAuth])
            SubjectAlternativeNames(names)
            SubjectKeyIdentifier(hash: publicKey)
            AuthorityKeyIdentifier(keyIdentifier: authorityKey)
        }
        let subject = try DistinguishedName {
            OrganizationName("Countersign")
            CommonName(service.rawValue)
        }
        let leaf = try Certificate(
            version: .v3, serialNumber: serial, publicKey: publicKey, notValidBefore: Self.date(notBefore),
            notValidAfter: Self.date(notAfter), issuer: certificate.subject, subject: subject,
            signatureAlgorithm: .ecdsaWithSHA256, extensions: extensions, issuerPrivateKey: .init(key))
        return Issue(
            certificate: IssuedCertificate(
                serial: Hex.encode(serial.bytes), service: service.rawValue, hosts: hosts.map(\.text),
                notBefore: Instant(seconds: notBefore.seconds), notAfter: Instant(seconds: notAfter.seconds),
                issuedBy: issuer),
            certificatePEM: try leaf.serializeAsPEM().pemString + "\n",
            keyPEM: SecretBytes(utf8: own.pemRepresentation + "\n"))
    }

    private static func date(_ instant: Instant) -> Date {
        Date(timeIntervalSince1970: Double(instant.seconds))
    }
}

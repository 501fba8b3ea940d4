// SPDX-License-Identifier: Apache-2.0

import FoundationEssentials
import Primitives
import SwiftASN1
import X509

/// A certificate revocation list (RFC 5280 §5), complete and direct.
///
/// Refused, because they would be less than they seem: lists without `nextUpdate`, lists and entries with a critical
/// extension (delta lists, lists of one kind of certificate, lists for other issuers), signatures of algorithms that
/// nobody should use any more, and lists whose authority is not among those given.
struct RevocationList: Sendable {
    /// Why a list cannot be used, as the end of a sentence.
    struct Fault: Error, CustomStringConvertible {
        let description: String
    }

    let issuer: DistinguishedName
    let thisUpdate: Instant
    let nextUpdate: Instant
    /// Serial numbers of what it revokes.
    let revoked: Set<[UInt8]>

    /// Reads all lists of a file, PEM or DER.
    static func read(_ file: [UInt8], authorities: [Certificate]) throws(Fault) -> [RevocationList] {
        let documents: [[UInt8]]
        if file.starts(with: "-----BEGIN".utf8) {
            guard let text = String(validating: file, as: UTF8.self),
                let parts = try? PEMDocument.parseMultiple(pemString: text)
            else { throw Fault(description: "is no PEM that can be read") }
            documents = parts.filter { $0.discriminator == "X509 CRL" }.map(\.derBytes)
        } else {
            documents = [file]
        }
        guard !documents.isEmpty else { throw Fault(description: "holds no revocation list") }
        var lists: [RevocationList] = []
        for document in documents { lists.append(try RevocationList(document, authorities: authorities)) }
        return lists
    }

    private init(_ document: [UInt8], authorities: [Certificate]) throws(Fault) {
        let parsed: CertificateList
        do {
            parsed = try CertificateList(derEncoded: document)
        } catch let fault as Fault {
            throw fault
        } catch {
            throw Fault(description: "holds no revocation list that can be read (\(error))")
        }
        let signers = authorities.filter { $0.subject == parsed.issuer && Self.maySign($0) }
        guard !signers.isEmpty else { throw Fault(description: "is of an authority that is not in the clientCA file") }
        guard let algorithm = parsed.signatureAlgorithm else {
            throw Fault(description: "is signed by an algorithm that is not accepted")
        }
        let isSigned = signers.contains { signer in
            signer.publicKey.isValidSignature(
                parsed.signature, for: parsed.signedBytes, signatureAlgorithm: algorithm)
        }
        guard isSigned else { throw Fault(description: "is not signed by its authority") }
        issuer = parsed.issuer
        thisUpdate = parsed.thisUpdate
        nextUpdate = parsed.nextUpdate
        revoked = parsed.revoked
    }

    /// An authority that says what its key is for must say that it is for this.
    private static func maySign(_ authority: Certificate) -> Bool {
        guard let usage = try? authority.extensions.keyUsage else { return true }
        return usage.cRLSign
    }
}

/// The structure of RFC 5280 §5.1, as far as it matters here.
private struct CertificateList: DERParseable {
    let signedBytes: [UInt8]
    let issuer: DistinguishedName
    let thisUpdate: Instant
    let nextUpdate: Instant
    let revoked: Set<[UInt8]>
    /// Nil for one that is not accepted.
    let signatureAlgorithm: Certificate.SignatureAlgorithm?
    let signature: [UInt8]

    private static let algorithms: [ASN1ObjectIdentifier: Certificate.SignatureAlgorithm] = [
        [1, 2, 840, 10045, 4, 3, 2]: .ecdsaWithSHA256, [1, 2, 840, 10045, 4, 3, 3]: .ecdsaWithSHA384,
        [1, 2, 840, 10045, 4, 3, 4]: .ecdsaWithSHA512, [1, 2, 840, 113549, 1, 1, 11]: .sha256WithRSAEncryption,
        [1, 2, 840, 113549, 1, 1, 12]: .sha384WithRSAEncryption,
        [1, 2, 840, 113549, 1, 1, 13]: .sha512WithRSAEncryption, [1, 3, 101, 112]: .ed25519,
    ]

    init(derEncoded rootNode: ASN1Node) throws {
        self = try DER.sequence(rootNode, identifier: .sequence) { nodes in
            guard let signed = nodes.next(), let algorithm = nodes.next() else { throw Self.incomplete }
            let signature = try ASN1BitString(derEncoded: &nodes)
            return try CertificateList(signed, outer: Self.algorithm(algorithm), signature: Array(signature.bytes))
        }
    }

    private init(_ node: ASN1Node, outer: ASN1ObjectIdentifier, signature: [UInt8]) throws {
        let fields = try DER.sequence(node, identifier: .sequence) { nodes in
            // Version 2 is the number 1; a list of version 1 has none.
            let _: Int? = try DER.optionalImplicitlyTagged(&nodes)
            guard let algorithm = nodes.next() else { throw Self.incomplete }
            let inner = try Self.algorithm(algorithm)
            guard let name = nodes.next() else { throw Self.incomplete }
            let issuer = try DistinguishedName(derEncoded: name)
            let thisUpdate = try Self.time(nodes.next())
            guard let next = nodes.next(), let nextUpdate = try? Self.time(next) else {
                throw RevocationList.Fault(description: "does not say when the next one comes")
            }
            var revoked: Set<[UInt8]> = []
            while let rest = nodes.next() {
                if rest.identifier == .sequence {
                    revoked = try Self.entries(rest)
                } else {
                    try DER.explicitlyTagged(rest, tagNumber: 0, tagClass: .contextSpecific) { extensions in
                        try Self.refuseCritical(extensions)
                    }
                }
            }
            return (inner, issuer, thisUpdate, nextUpdate, revoked)
        }
        guard fields.0 == outer else { throw RevocationList.Fault(description: "names two algorithms") }
        signedBytes = Array(node.encodedBytes)
        (issuer, thisUpdate, nextUpdate, revoked) = (fields.1, fields.2, fields.3, fields.4)
        signatureAlgorithm = Self.algorithms[outer]
        self.signature = signature
    }

    private static var incomplete: RevocationList.Fault { .init(description: "is cut off") }

    private static func algorithm(_ node: ASN1Node) throws -> ASN1ObjectIdentifier {
        try DER.sequence(node, identifier: .sequence) { nodes in
            let identifier = try ASN1ObjectIdentifier(derEncoded: &nodes)
            // Parameters, if any, say nothing for the algorithms that are accepted.
            while nodes.next() != nil {}
            return identifier
        }
    }

    private static func entries(_ node: ASN1Node) throws -> Set<[UInt8]> {
        var revoked: Set<[UInt8]> = []
        try DER.sequence(node, identifier: .sequence) { entries in
            while let entry = entries.next() {
                try DER.sequence(entry, identifier: .sequence) { nodes in
                    revoked.insert(Array(try ArraySlice<UInt8>(derEncoded: &nodes)))
                    _ = try time(nodes.next())
                    if let extensions = nodes.next() { try refuseCritical(extensions) }
                }
            }
        }
        return revoked
    }

    private static func refuseCritical(_ node: ASN1Node) throws {
        try DER.sequence(node, identifier: .sequence) { extensions in
            while let one = extensions.next() {
                try DER.sequence(one, identifier: .sequence) { nodes in
                    let identifier = try ASN1ObjectIdentifier(derEncoded: &nodes)
                    let isCritical: Bool = try DER.decodeDefault(&nodes, defaultValue: false)
                    _ = try ASN1OctetString(derEncoded: &nodes)
                    guard !isCritical else {
                        throw RevocationList.Fault(
                            description: "has the critical extension \(identifier), so it is no complete list")
                    }
                }
            }
        }
    }

    private static func time(_ node: ASN1Node?) throws -> Instant {
        guard let node else { throw incomplete }
        let (date, seconds): (CivilDate?, Int)
        if node.identifier == .utcTime {
            let time = try UTCTime(derEncoded: node)
            date = CivilDate(year: Int64(time.year), month: Int64(time.month), day: Int64(time.day))
            seconds = time.hours * 3_600 + time.minutes * 60 + time.seconds
        } else {
            let time = try GeneralizedTime(derEncoded: node)
            date = CivilDate(year: Int64(time.year), month: Int64(time.month), day: Int64(time.day))
            seconds = time.hours * 3_600 + time.minutes * 60 + time.seconds
        }
        guard let date else { throw RevocationList.Fault(description: "has a day that no calendar has") }
        return Instant(seconds: date.daysSince1970 * 86_400 + Int64(seconds))
    }
}

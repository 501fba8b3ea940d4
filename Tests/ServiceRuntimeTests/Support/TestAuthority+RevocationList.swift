// SPDX-License-Identifier: Apache-2.0

import Crypto
import Foundation
import SwiftASN1
import X509

extension TestAuthority {
    /// What a revocation list may have that it should not.
    enum Flaw {
        case noNextUpdate, criticalExtension, criticalEntry, foreignSignature, cutOff, twoAlgorithms
    }

    /// A revocation list of this authority in DER (RFC 5280 §5.1), good for `hours` from now on.
    func revocationList(
        _ revoked: [[UInt8]] = [], hours: ClosedRange<Double> = -1...24, _ flaw: Flaw? = nil
    ) throws -> [UInt8] {
        var signed = DER.Serializer()
        try signed.appendConstructedNode(identifier: .sequence) { coder in
            try coder.serialize(1)
            try Self.algorithm(&coder, last: flaw == .twoAlgorithms ? 3 : 2)
            try coder.serialize(name)
            try coder.serialize(Self.time(hours.lowerBound))
            if flaw != .noNextUpdate { try coder.serialize(Self.time(hours.upperBound)) }
            if !revoked.isEmpty {
                try coder.appendConstructedNode(identifier: .sequence) { entries in
                    for serial in revoked { try Self.entry(serial, &entries, flaw) }
                }
            }
            let identifier = ASN1Identifier(tagWithNumber: 0, tagClass: .contextSpecific)
            try coder.appendConstructedNode(identifier: identifier) { outer in
                // cRLNumber, which every list has; and issuingDistributionPoint, which makes it a partial one.
                try Self.extensions(
                    &outer, flaw == .criticalExtension ? [2, 5, 29, 28] : [2, 5, 29, 20], flaw == .criticalExtension)
            }
        }
        let signer = flaw == .foreignSignature ? P256.Signing.PrivateKey() : key
        let signature = try signer.signature(for: signed.serializedBytes).derRepresentation
        var list = DER.Serializer()
        try list.appendConstructedNode(identifier: .sequence) { coder in
            coder.serializeRawBytes(signed.serializedBytes)
            try Self.algorithm(&coder, last: 2)
            try coder.serialize(ASN1BitString(bytes: Array(signature)[...]))
        }
        return flaw == .cutOff ? list.serializedBytes.dropLast(3) : list.serializedBytes
    }

    /// The same as PEM.
    func revocationListPEM(_ revoked: [[UInt8]] = [], hours: ClosedRange<Double> = -1...24) throws -> String {
        PEMDocument(type: "X509 CRL", derBytes: try revocationList(revoked, hours: hours)).pemString + "\n"
    }

    /// ecdsa-with-SHA256, or SHA384 when the last number is 3.
    private static func algorithm(_ coder: inout DER.Serializer, last: UInt) throws {
        try coder.appendConstructedNode(identifier: .sequence) { nodes in
            let identifier: ASN1ObjectIdentifier =
                last == 2 ? [1, 2, 840, 10045, 4, 3, 2] : [1, 2, 840, 10045, 4, 3, 3]
            try nodes.serialize(identifier)
        }
    }

    private static func entry(_ serial: [UInt8], _ coder: inout DER.Serializer, _ flaw: Flaw?) throws {
        try coder.appendConstructedNode(identifier: .sequence) { nodes in
            try nodes.serialize(serial[...])
            try nodes.serialize(time(-0.5))
            // reasonCode, or certificateIssuer as critical: an indirect list.
            let isCritical = flaw == .criticalEntry
            try extensions(&nodes, isCritical ? [2, 5, 29, 29] : [2, 5, 29, 21], isCritical)
        }
    }

    private static func extensions(
        _ coder: inout DER.Serializer, _ identifier: ASN1ObjectIdentifier, _ isCritical: Bool
    ) throws {
        try coder.appendConstructedNode(identifier: .sequence) { list in
            try list.appendConstructedNode(identifier: .sequence) { nodes in
                try nodes.serialize(identifier)
                if isCritical { try nodes.serialize(true) }
                try nodes.serialize(ASN1OctetString(contentBytes: [0x0a, 0x01, 0x01]))
            }
        }
    }

    private static func time(_ hours: Double) throws -> UTCTime {
        let date = Date().addingTimeInterval(hours * 3_600)
        var calendar = Calendar(identifier: .gregorian)
        calendar.timeZone = .gmt
        let parts = calendar.dateComponents([.year, .month, .day, .hour, .minute, .second], from: date)
        return try UTCTime(
            year: parts.year ?? 0, month: parts.month ?? 0, day: parts.day ?? 0, hours: parts.hour ?? 0,
            minutes: parts.minute ?? 0, seconds: parts.second ?? 0)
    }
}

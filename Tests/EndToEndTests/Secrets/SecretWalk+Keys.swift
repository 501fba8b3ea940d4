// SPDX-License-Identifier: Apache-2.0
import Crypto
import Foundation
import Postgres
import Testing
import TestKit

/// The keys that stand in the database wrapped or sealed, opened as somebody would who had stolen the database and the
/// master key's file: by their description alone (architecture.md §4), with none of the services' code.
extension SecretWalk {
    private struct Installation {
        let name: String
        let bytes: [UInt8]
        let check: [UInt8]
    }

    /// Takes note of every data key, of the internal authority's private key, and of the keys that only the master key
    /// gives.
    mutating func collectKeys() async throws {
        let text = try String(contentsOfFile: "\(world.folder)/keys/master.key", encoding: .utf8)
        let master = SymmetricKey(data: try #require(Data(base64Encoded: text.filter { !$0.isNewline })))
        let installation = try await installation()
        let wrapping = derived("countersign wrap v1", from: master)
        let checking = derived("countersign check v1", from: master)
        let check = HMAC<SHA256>.authenticationCode(for: installation.bytes, using: checking)
        try #require(Array(check) == installation.check, "the keys are derived otherwise")
        note("wrapping key", bytes: raw(wrapping))
        note("checking key", bytes: raw(checking))

        var dataKeys: [Int64: SymmetricKey] = [:]
        for row in try await world.sql("select id, wrapped from core.data_key") {
            let id = try row.integer("id")
            let place = Array("countersign data key v1".utf8) + installation.bytes + bigEndian(id)
            let key = try opened(try row.bytes("wrapped"), with: wrapping, at: place)
            dataKeys[id] = SymmetricKey(data: key)
            note("data key \(id)", bytes: key)
        }
        note("private key of the authority", bytes: try await authorityKey(dataKeys, installation))
    }

    private func installation() async throws -> Installation {
        let rows = try await world.sql(
            """
            select instance_id::text as name, uuid_send(instance_id) as bytes, key_check from core.instance
            """)
        let row = try #require(rows.first)
        return Installation(
            name: try row.text("name"), bytes: try row.bytes("bytes"), check: try row.bytes("key_check"))
    }

    /// The key of the certificate that stands beside it.
    private func authorityKey(
        _ dataKeys: [Int64: SymmetricKey], _ installation: Installation
    ) async throws -> [UInt8] {
        let rows = try await world.sql("select certificate, sealed_key, key_id from core.certificate_authority")
        let row = try #require(rows.first)
        let id = try row.integer("key_id")
        let parts = ["certificate-authority", "certificate_authority", "1", installation.name, "1", String(id)]
        let place = parts.flatMap { bigEndian(UInt32($0.utf8.count)) + Array($0.utf8) }
        let key = try opened(try row.bytes("sealed_key"), with: try #require(dataKeys[id]), at: place)
        let publicKey = try P256.Signing.PrivateKey(rawRepresentation: key).publicKey.x963Representation
        let certificate = Data(try row.bytes("certificate"))
        try #require(certificate.range(of: publicKey) != nil, "the certificate has another key")
        return key
    }

    private func derived(_ purpose: String, from master: SymmetricKey) -> SymmetricKey {
        HKDF<SHA256>.deriveKey(inputKeyMaterial: master, info: Array(purpose.utf8), outputByteCount: 32)
    }

    private func opened(_ box: [UInt8], with key: SymmetricKey, at place: [UInt8]) throws -> [UInt8] {
        Array(try AES.GCM.open(try AES.GCM.SealedBox(combined: box), using: key, authenticating: place))
    }

    private func raw(_ key: SymmetricKey) -> [UInt8] { key.withUnsafeBytes { Array($0) } }

    private func bigEndian(_ number: some FixedWidthInteger) -> [UInt8] {
        withUnsafeBytes(of: number.bigEndian) { Array($0) }
    }
}

// SPDX-License-Identifier: Apache-2.0
import Crypto
import Foundation
package import Primitives

/// The key over all keys: 256 random bits that never stand in the database.
package struct MasterKey: Sendable {
    static let byteCount = 32

    let key: SymmetricKey

    /// A fresh key.
    package init(random: any RandomSource) {
        key = SymmetricKey(data: random.bytes(Self.byteCount))
    }

    /// Reads the form that a key file has: base 64, white space around it ignored; nil for anything else.
    init?(fileContents: [UInt8]) {
        let text = String(decoding: fileContents, as: UTF8.self).trimmingCharacters(in: .whitespacesAndNewlines)
        guard let bytes = Data(base64Encoded: text) else { return nil }
        self.init(bytes: Array(bytes))
    }

    /// A key of exactly as many bytes as a master key has, or nil.
    init?(bytes: [UInt8]) {
        guard bytes.count == Self.byteCount else { return nil }
        key = SymmetricKey(data: bytes)
    }

    /// For who seals it.
    var bytes: SecretBytes { key.withUnsafeBytes { SecretBytes($0) } }

    /// What stands in a key file: one line of base 64.
    var fileContents: SecretBytes {
        key.withUnsafeBytes { SecretBytes(utf8: Data($0).base64EncodedString() + "\n") }
    }

    /// A value that only this key gives for an installation; it tells a wrong key before anything is opened with it.
    func checkValue(for instance: InstanceID) -> [UInt8] {
        let checkKey = Keyring.derive(.check, from: key)
        return Array(HMAC<SHA256>.authenticationCode(for: instance.bytes, using: checkKey))
    }

    /// Wraps a data key for one installation and one number (AES-256-GCM, both as additional data).
    func wrap(_ dataKey: SymmetricKey, id: Int64, instance: InstanceID) throws(KeyError) -> [UInt8] {
        try wrap(dataKey, authenticating: Self.authenticatedData(id: id, instance: instance))
    }

    /// Wraps a derived key that is to outlive the master key it came from, for one installation and one purpose.
    func wrap(_ derived: SymmetricKey, for purpose: Keyring.Purpose, instance: InstanceID) throws(KeyError) -> [UInt8] {
        try wrap(derived, authenticating: Self.authenticatedData(purpose, instance: instance))
    }

    private func wrap(_ inner: SymmetricKey, authenticating data: Data) throws(KeyError) -> [UInt8] {
        do {
            let box = try inner.withUnsafeBytes { bytes in
                try AES.GCM.seal(bytes, using: Keyring.derive(.wrap, from: key), authenticating: data)
            }
            guard let combined = box.combined else { throw KeyError(.damaged, "A key could not be wrapped.") }
            return Array(combined)
        } catch {
            throw KeyError(.damaged, "A key could not be wrapped: \(error)")
        }
    }

    /// Opens what ``wrap(_:id:instance:)`` made for the same installation and number.
    func unwrap(_ wrapped: [UInt8], id: Int64, instance: InstanceID) throws(KeyError) -> SymmetricKey {
        guard let key = unwrap(wrapped, authenticating: Self.authenticatedData(id: id, instance: instance)) else {
            throw KeyError(
                .damaged, "Data key \(id) in the database was changed: it does not open with the master key.")
        }
        return key
    }

    /// Opens what ``wrap(_:for:instance:)`` made for the same installation and purpose.
    func unwrap(
        _ wrapped: [UInt8], for purpose: Keyring.Purpose, instance: InstanceID
    ) throws(KeyError) -> SymmetricKey {
        guard let key = unwrap(wrapped, authenticating: Self.authenticatedData(purpose, instance: instance)) else {
            throw KeyError(
                .damaged,
                "The derived key “\(purpose.column)” in the database was changed: it does not open with the master key."
            )
        }
        return key
    }

    private func unwrap(_ wrapped: [UInt8], authenticating data: Data) -> SymmetricKey? {
        guard let box = try? AES.GCM.SealedBox(combined: wrapped),
            let bytes = try? AES.GCM.open(box, using: Keyring.derive(.wrap, from: key), authenticating: data)
        else { return nil }
        return SymmetricKey(data: bytes)
    }

    private static func authenticatedData(_ purpose: Keyring.Purpose, instance: InstanceID) -> Data {
        Data("countersign derived key v1".utf8 + instance.bytes + purpose.column.utf8)
    }

    private static func authenticatedData(id: Int64, instance: InstanceID) -> Data {
        withUnsafeBytes(of: id.bigEndian) { Data("countersign data key v1".utf8 + instance.bytes + $0) }
    }
}

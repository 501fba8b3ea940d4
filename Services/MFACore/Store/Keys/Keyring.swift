// SPDX-License-Identifier: Apache-2.0
import Crypto
package import Primitives

/// The keys of a running mfa-core: data keys opened by the master key, and keys derived from it.
package struct Keyring: Sendable {
    /// What a derived key is for; the label goes into the derivation.
    enum Purpose: String {
        case wrap = "countersign wrap v1"
        case check = "countersign check v1"
        case pepper = "countersign pepper v1"
        case nonce = "countersign device nonce v1"
        case idempotency = "countersign idempotency v1"
    }

    private let master: SymmetricKey
    private let dataKeys: [Int64: SymmetricKey]
    /// The data key that seals from now on.
    package let currentKeyID: Int64
    let nonceKey: SymmetricKey
    let idempotencyKey: SymmetricKey
    let pepperKey: SymmetricKey

    /// - Parameters:
    ///   - dataKeys: opened data keys by id; the highest id seals.
    init(master: SymmetricKey, dataKeys: [Int64: SymmetricKey]) {
        self.master = master
        self.dataKeys = dataKeys
        currentKeyID = dataKeys.keys.max() ?? 0
        nonceKey = Self.derive(.nonce, from: master)
        idempotencyKey = Self.derive(.idempotency, from: master)
        pepperKey = Self.derive(.pepper, from: master)
    }

    static func derive(_ purpose: Purpose, from master: SymmetricKey) -> SymmetricKey {
        HKDF<SHA256>.deriveKey(
            inputKeyMaterial: master, info: Array(purpose.rawValue.utf8), outputByteCount: 32)
    }

    func dataKey(_ id: Int64) -> SymmetricKey? { dataKeys[id] }

    /// The pepper of slow hashes, which only the holder of the master key knows.
    package var pepper: SecretBytes {
        pepperKey.withUnsafeBytes { SecretBytes(Array($0)) }
    }
}

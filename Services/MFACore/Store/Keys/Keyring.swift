// SPDX-License-Identifier: Apache-2.0
import Crypto
package import Primitives

/// The keys of a running mfa-core at one moment: data keys opened by the master key, and keys derived from it.
///
/// A value that never changes; ``LiveKeyring`` has the present one.
package struct Keyring: Sendable {
    /// What a derived key is for; the label goes into the derivation.
    enum Purpose: String {
        case wrap = "countersign wrap v1"
        case check = "countersign check v1"
        case pepper = "countersign pepper v1"
        case nonce = "countersign device nonce v1"
        case idempotency = "countersign idempotency v1"
    }

    /// An opened data key, and the bytes of the database that it was opened from.
    struct DataKey: Sendable {
        let key: SymmetricKey
        let wrapped: [UInt8]
    }

    let master: MasterKey
    let instance: InstanceID
    let dataKeys: [Int64: DataKey]
    /// The data key that seals from now on.
    package let currentKeyID: Int64
    /// Keys that the database was asked for in vain: what is under them does not open.
    let absent: Set<Int64>
    let nonceKey: SymmetricKey
    let idempotencyKey: SymmetricKey
    let pepperKey: SymmetricKey

    /// - Parameters:
    ///   - dataKeys: opened data keys by id.
    ///   - current: the one of them that seals.
    init(
        master: MasterKey, instance: InstanceID, dataKeys: [Int64: DataKey], current: Int64, absent: Set<Int64> = []
    ) {
        self.master = master
        self.instance = instance
        self.dataKeys = dataKeys
        currentKeyID = current
        self.absent = absent
        nonceKey = Self.derive(.nonce, from: master.key)
        idempotencyKey = Self.derive(.idempotency, from: master.key)
        pepperKey = Self.derive(.pepper, from: master.key)
    }

    static func derive(_ purpose: Purpose, from master: SymmetricKey) -> SymmetricKey {
        HKDF<SHA256>.deriveKey(
            inputKeyMaterial: master, info: Array(purpose.rawValue.utf8), outputByteCount: 32)
    }

    func dataKey(_ id: Int64) -> SymmetricKey? { dataKeys[id]?.key }

    /// Whether it is settled what becomes of values under this key: it is here, or nowhere.
    func isSettled(_ id: Int64) -> Bool { dataKeys[id] != nil || absent.contains(id) }

    /// The same keys, with one that is nowhere.
    func missing(_ id: Int64) -> Keyring {
        Keyring(
            master: master, instance: instance, dataKeys: dataKeys, current: currentKeyID, absent: absent.union([id]))
    }

    /// The data keys that open, in order.
    package var keyIDs: [Int64] { dataKeys.keys.sorted() }

    /// The pepper of slow hashes, which only the holder of the master key knows.
    package var pepper: SecretBytes {
        pepperKey.withUnsafeBytes { SecretBytes(Array($0)) }
    }
}

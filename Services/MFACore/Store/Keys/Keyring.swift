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

        /// Those that outlive the master key: digests and hashes in the database were made with them.
        static let lasting: [Purpose] = [.pepper, .nonce, .idempotency]

        /// Its name in the database.
        var column: String { "\(self)" }
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
    private let lasting: [Purpose: SymmetricKey]

    /// - Parameters:
    ///   - dataKeys: opened data keys by id.
    ///   - current: the one of them that seals.
    ///   - lasting: derived keys that are older than the master key; the others are derived from it.
    init(
        master: MasterKey, instance: InstanceID, dataKeys: [Int64: DataKey], current: Int64,
        lasting: [Purpose: SymmetricKey] = [:], absent: Set<Int64> = []
    ) {
        self.master = master
        self.instance = instance
        self.dataKeys = dataKeys
        currentKeyID = current
        self.absent = absent
        let derived = Purpose.lasting.map { ($0, lasting[$0] ?? Self.derive($0, from: master.key)) }
        self.lasting = Dictionary(uniqueKeysWithValues: derived)
    }

    /// The key of a purpose that outlives the master key.
    func derived(_ purpose: Purpose) -> SymmetricKey {
        lasting[purpose] ?? Self.derive(purpose, from: master.key)
    }

    var nonceKey: SymmetricKey { derived(.nonce) }
    var idempotencyKey: SymmetricKey { derived(.idempotency) }
    var pepperKey: SymmetricKey { derived(.pepper) }

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
            master: master, instance: instance, dataKeys: dataKeys, current: currentKeyID, lasting: lasting,
            absent: absent.union([id]))
    }

    /// The same with other data keys.
    func turned(to dataKeys: [Int64: DataKey], current: Int64) -> Keyring {
        Keyring(master: master, instance: instance, dataKeys: dataKeys, current: current, lasting: lasting)
    }

    /// The data keys that open, in order.
    package var keyIDs: [Int64] { dataKeys.keys.sorted() }

    /// The pepper of slow hashes, which only the holder of the master key knows.
    package var pepper: SecretBytes {
        pepperKey.withUnsafeBytes { SecretBytes(Array($0)) }
    }
}

// SPDX-License-Identifier: Apache-2.0
import Crypto
import Foundation
package import Primitives

/// Where a sealed value belongs; a ciphertext moved to any other place does not open (R81).
package struct SealPlace: Sendable {
    let purpose: String
    let table: String
    let row: String
    let owner: String
    let secretVersion: Int64

    package init(purpose: String, table: String, row: String, owner: String, secretVersion: Int64) {
        self.purpose = purpose
        self.table = table
        self.row = row
        self.owner = owner
        self.secretVersion = secretVersion
    }

    /// Additional data of AES-GCM: each part behind its length, so that no two places read alike.
    func authenticatedData(keyID: Int64) -> Data {
        var data = Data()
        for part in [purpose, table, row, owner, String(secretVersion), String(keyID)] {
            let bytes = Array(part.utf8)
            withUnsafeBytes(of: UInt32(bytes.count).bigEndian) { data.append(contentsOf: $0) }
            data.append(contentsOf: bytes)
        }
        return data
    }
}

/// A ciphertext and the data key it is under.
package struct SealedValue: Sendable {
    /// 12-byte nonce ‖ ciphertext ‖ 16-byte tag.
    package let bytes: [UInt8]
    package let keyID: Int64
}

/// Why a value could not be sealed or opened.
package struct SealingError: Error, CustomStringConvertible {
    package let description: String
    /// The data key that is missing, where it may be one that was made since the keys were read.
    let unknownKeyID: Int64?

    init(_ description: String, unknownKeyID: Int64? = nil) {
        self.description = description
        self.unknownKeyID = unknownKeyID
    }
}

extension Keyring {
    /// Seals with AES-256-GCM under the current data key and a random nonce.
    package func seal(_ secret: SecretBytes, at place: SealPlace) throws(SealingError) -> SealedValue {
        guard let key = dataKey(currentKeyID) else { throw SealingError("there is no data key") }
        do {
            let box = try secret.withBytes { bytes in
                try AES.GCM.seal(bytes, using: key, authenticating: place.authenticatedData(keyID: currentKeyID))
            }
            guard let combined = box.combined else { throw SealingError("no combined form") }
            return SealedValue(bytes: Array(combined), keyID: currentKeyID)
        } catch {
            throw SealingError("sealing failed: \(error)")
        }
    }

    /// Opens what ``seal(_:at:)`` sealed at the same place; anything else throws.
    package func open(_ bytes: [UInt8], keyID: Int64, at place: SealPlace) throws(SealingError) -> SecretBytes {
        guard let key = dataKey(keyID) else {
            throw SealingError(
                "data key \(keyID) is not there", unknownKeyID: absent.contains(keyID) ? nil : keyID)
        }
        do {
            let box = try AES.GCM.SealedBox(combined: bytes)
            return SecretBytes(
                try AES.GCM.open(box, using: key, authenticating: place.authenticatedData(keyID: keyID)))
        } catch {
            throw SealingError("the value was not sealed for this place")
        }
    }
}

// SPDX-License-Identifier: Apache-2.0
import Crypto
import Foundation
package import MFADomain
package import Primitives

/// Digests and device nonces under the keys of the keyring.
package struct KeyedDigests: CredentialDigests, DeviceNonces {
    private let keyring: Keyring
    private let random: any RandomSource

    package init(keyring: Keyring, random: any RandomSource) {
        self.keyring = keyring
        self.random = random
    }

    package func digest(ofSecret secret: String) -> [UInt8] {
        Array(SHA256.hash(data: Array(secret.utf8)))
    }

    package func digest(ofCode code: String, for user: UserID) -> [UInt8] {
        Self.authenticate(["activation-code", user.description, code], keyring.pepperKey)
    }

    package func bucket(ofAddress address: String) -> Int {
        let subscriber = IPAddress(parsing: address)?.subscriber.description ?? ""
        let code = Self.authenticate(["activation-address", subscriber], keyring.pepperKey)
        return Int(code[0]) << 8 | Int(code[1])
    }

    /// The key and the request of an Idempotency-Key as HMACs, because requests hold passcodes.
    package func mark(account: String, key: String, operation: String, target: String, body: [UInt8]) -> IdempotencyMark
    {
        var request = HMAC<SHA256>(key: keyring.idempotencyKey)
        for part in ["request", account, operation, target] {
            request.update(data: Self.framed(part))
        }
        request.update(data: body)
        return IdempotencyMark(
            keyHash: Self.authenticate(["key", account, key], keyring.idempotencyKey),
            requestHash: Array(request.finalize()))
    }

    // A nonce: 8 bytes of expiry in seconds ‖ 16 random bytes ‖ 16 bytes of HMAC.

    package func issue() -> String {
        let expiry = WallClock.now() + DeviceNonce.lifetime
        var bytes = withUnsafeBytes(of: expiry.seconds.bigEndian) { Array($0) }
        bytes += random.bytes(16)
        return Base64URL.encode(bytes + tag(bytes))
    }

    package func open(_ text: String) -> DeviceNonce? {
        guard text.utf8.count == 54, let bytes = Base64URL.decode(text), bytes.count == 40 else { return nil }
        let signed = Array(bytes[..<24])
        guard ConstantTime.equal(bytes[24...], tag(signed)) else { return nil }
        let seconds = signed[..<8].reduce(Int64(0)) { $0 << 8 | Int64($1) }
        return DeviceNonce(bytes: signed, expiresAt: Instant(seconds: seconds))
    }

    private func tag(_ bytes: [UInt8]) -> [UInt8] {
        Array(HMAC<SHA256>.authenticationCode(for: bytes, using: keyring.nonceKey).prefix(16))
    }

    private static func authenticate(_ parts: [String], _ key: SymmetricKey) -> [UInt8] {
        var code = HMAC<SHA256>(key: key)
        for part in parts { code.update(data: framed(part)) }
        return Array(code.finalize())
    }

    private static func framed(_ part: String) -> [UInt8] {
        let bytes = Array(part.utf8)
        return withUnsafeBytes(of: UInt32(bytes.count).bigEndian) { Array($0) } + bytes
    }
}

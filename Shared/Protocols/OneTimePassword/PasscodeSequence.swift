// SPDX-License-Identifier: Apache-2.0
import Crypto
import Primitives

/// The passcodes of one secret; its HMAC key is prepared once, however many counters follow.
struct PasscodeSequence {
    private enum Keyed {
        case sha1(HMAC<Insecure.SHA1>)
        case sha256(HMAC<SHA256>)
        case sha512(HMAC<SHA512>)
    }

    private let keyed: Keyed
    private let digits: Int
    private let modulus: UInt32

    init(secret: SecretBytes, digits: Int, algorithm: OneTimePasswordAlgorithm) {
        precondition(OneTimePasswordLimits.digits.contains(digits), "a passcode has 6 to 8 digits")
        let key = secret.withBytes { SymmetricKey(data: $0) }
        switch algorithm {
        case .sha1: keyed = .sha1(HMAC(key: key))
        case .sha256: keyed = .sha256(HMAC(key: key))
        case .sha512: keyed = .sha512(HMAC(key: key))
        }
        self.digits = digits
        modulus = (0..<digits).reduce(1) { power, _ in power * 10 }
    }

    /// The passcode of `counter` (RFC 4226 §5.3).
    func passcode(at counter: UInt64) -> PasscodeDigits {
        // Step 1: HMAC over the counter as eight bytes, most significant first.
        let code: UInt32
        switch keyed {
        case .sha1(let hmac): code = Self.truncate(hmac, counter)
        case .sha256(let hmac): code = Self.truncate(hmac, counter)
        case .sha512(let hmac): code = Self.truncate(hmac, counter)
        }
        // Step 3: the number modulo 10^digits.
        return PasscodeDigits(value: code % modulus, count: digits)
    }

    /// Step 2, dynamic truncation: 31 bits from where the last four bits of the HMAC point to.
    private static func truncate<Hash>(_ keyed: HMAC<Hash>, _ counter: UInt64) -> UInt32 {
        var hmac = keyed
        hmac.update(data: (0..<8).map { UInt8(truncatingIfNeeded: counter >> (56 - 8 * UInt64($0))) })
        let bytes = Array(hmac.finalize())
        let offset = Int(bytes[bytes.count - 1] & 0x0f)
        return bytes[offset..<offset + 4].reduce(0) { $0 << 8 | UInt32($1) } & 0x7fff_ffff
    }
}

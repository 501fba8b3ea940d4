// SPDX-License-Identifier: Apache-2.0
import Crypto
import DeviceProtocol
import Primitives
import Synchronization
import Testing

/// A phone's key pair that is the same in every run: its private key is a small number.
struct TestDevice {
    let key: P256.Signing.PrivateKey
    let publicKey: DevicePublicKey

    init(scalar: UInt8 = 7) throws {
        key = try P256.Signing.PrivateKey(rawRepresentation: [UInt8](repeating: 0, count: 31) + [scalar])
        publicKey = try #require(DevicePublicKey(der: Array(key.publicKey.derRepresentation)))
    }

    func sign(_ message: [UInt8]) throws -> [UInt8] {
        Array(try key.signature(for: message).rawRepresentation)
    }
}

/// Arithmetic on 32-byte numbers, most significant byte first, for the edges of P-256.
enum Numbers {
    static let order = bytes("ffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551")
    static let prime = bytes("ffffffff00000001000000000000000000000000ffffffffffffffffffffffff")
    /// x of the base point: r of whoever signs with the nonce 1.
    static let baseX = bytes("6b17d1f2e12c4247f8bce6e563a440f277037d812deb33a0f4a13945d898c296")
    static let zero = [UInt8](repeating: 0, count: 32)
    static let one = [UInt8](repeating: 0, count: 31) + [1]
    static let largest = [UInt8](repeating: 0xff, count: 32)

    static func bytes(_ hex: String) -> [UInt8] {
        Hex.decode(hex) ?? []
    }

    /// `left + right`, without what is carried out of 32 bytes.
    static func add(_ right: [UInt8], to left: [UInt8]) -> [UInt8] {
        var carry = 0
        var result = left
        for index in (0..<32).reversed() {
            let sum = Int(left[index]) + Int(right[index]) + carry
            carry = sum >> 8
            result[index] = UInt8(truncatingIfNeeded: sum)
        }
        return result
    }

    /// 2²⁵⁶ − `number`.
    static func negative(_ number: [UInt8]) -> [UInt8] { add(one, to: number.map { ~$0 }) }

    /// `left - right`, which must not be negative.
    static func subtract(_ right: [UInt8], from left: [UInt8]) -> [UInt8] {
        var borrow = 0
        var result = left
        for index in (0..<32).reversed() {
            let difference = Int(left[index]) - Int(right[index]) - borrow
            borrow = difference < 0 ? 1 : 0
            result[index] = UInt8(truncatingIfNeeded: difference)
        }
        return result
    }
}

/// SplitMix64: the same bytes for the same seed, on every machine.
final class SeededRandomSource: RandomSource {
    private let state: Mutex<UInt64>

    init(seed: UInt64) {
        state = Mutex(seed)
    }

    func bytes(_ count: Int) -> [UInt8] {
        state.withLock { state in
            (0..<count).map { _ in
                state &+= 0x9e37_79b9_7f4a_7c15
                var value = state
                value = (value ^ value >> 30) &* 0xbf58_476d_1ce4_e5b9
                value = (value ^ value >> 27) &* 0x94d0_49bb_1331_11eb
                return UInt8(truncatingIfNeeded: value ^ value >> 31)
            }
        }
    }
}

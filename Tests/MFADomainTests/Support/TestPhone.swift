// SPDX-License-Identifier: Apache-2.0
import DeviceProtocol
import MFADomain
import Primitives

/// A phone with a fixed P-256 key that signs without a library: with the nonce k = 1, r is the base point's x, and
/// s = hash + r·d (mod n) is one addition. Such signatures verify like any other and give the key away, which here
/// nobody minds.
struct TestPhone {
    let key: [UInt8]
    /// r·d mod n.
    private let product: [UInt8]

    /// The key of RFC 6979, appendix A.2.5.
    static let alices = TestPhone(
        x: "60fed4ba255a9d31c961eb74c6356d68c049b8923b61fa6ce669622e60f29fb6",
        y: "7903fe1008b8bc99a41ae9e95628bc64f2f1b20c2d7e9f5177a3c294d4462299",
        product: "592ef711950cb4c6b6c6020425927d0313314ef7b85996ff9dd342293144aed3")
    /// The key of NIST's P-256 example (CAVP SigGen, d = 519b423d…).
    static let bobs = TestPhone(
        x: "1ccbe91c075fc7f4f033bfa248db8fccd3565de94bbfb12f3c59ff46c271bf83",
        y: "ce4014c68811f9a21a1fdb2c0e6113e06db7ca93b7404e78dc7ccd5ca89a4ca9",
        product: "dbe30d1ed9808b2a56b62d92b4c46abb3d0343e671c4ec7f9991fb8b7bf82719")

    private static let prefix = "3059301306072a8648ce3d020106082a8648ce3d03010703420004"
    private static let baseX = bytes("6b17d1f2e12c4247f8bce6e563a440f277037d812deb33a0f4a13945d898c296")
    private static let order = bytes("ffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551")

    private init(x: String, y: String, product: String) {
        key = Self.bytes(Self.prefix + x + y)
        self.product = Self.bytes(product)
    }

    /// r‖s over `message`.
    func sign(_ message: [UInt8]) -> [UInt8] {
        Self.baseX + Self.sum(Self.reduced(Self.hash(message)), product)
    }

    /// Another signature of this key over the same message: r‖n−s verifies as well.
    func signOtherwise(_ message: [UInt8]) -> [UInt8] {
        Self.baseX + Self.difference(Self.order, Array(sign(message).suffix(32)))
    }

    var state: DeviceState { DeviceState(publicKey: key, platform: "test", pushAddress: nil) }

    /// The SHA-256 that stands for a request's body in its signed lines.
    private static func hash(_ message: [UInt8]) -> [UInt8] {
        let lines = RequestMessage(method: "", target: "", body: message, deviceID: "", nonce: "")?.bytes ?? []
        let line = lines.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false)[3]
        return Base64URL.decode(String(decoding: line, as: UTF8.self)) ?? []
    }

    private static func sum(_ left: [UInt8], _ right: [UInt8]) -> [UInt8] {
        var carry = 0
        var result = left
        for index in result.indices.reversed() {
            let digit = Int(left[index]) + Int(right[index]) + carry
            result[index] = UInt8(truncatingIfNeeded: digit)
            carry = digit >> 8
        }
        // Both are below n, so one subtraction is enough; the borrow takes back the carry.
        return carry == 1 || !result.lexicographicallyPrecedes(order) ? difference(result, order) : result
    }

    private static func reduced(_ number: [UInt8]) -> [UInt8] {
        number.lexicographicallyPrecedes(order) ? number : difference(number, order)
    }

    private static func difference(_ left: [UInt8], _ right: [UInt8]) -> [UInt8] {
        var borrow = 0
        var result = left
        for index in result.indices.reversed() {
            let digit = Int(left[index]) - Int(right[index]) - borrow
            result[index] = UInt8(truncatingIfNeeded: digit)
            borrow = digit < 0 ? 1 : 0
        }
        return result
    }

    private static func bytes(_ hex: String) -> [UInt8] { Hex.decode(hex) ?? [] }
}

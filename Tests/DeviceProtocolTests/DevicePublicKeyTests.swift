// SPDX-License-Identifier: Apache-2.0
import Crypto
import DeviceProtocol
import Primitives
import Testing

/// Something that is no P-256 key in its one spelling.
struct BadKey: Sendable, CustomTestStringConvertible {
    let testDescription: String
    let hex: String

    init(_ name: String, _ parts: String...) {
        testDescription = name
        hex = parts.joined()
    }

    private static let zeros = String(repeating: "0", count: 128)

    static let all = [
        BadKey("nothing"),
        BadKey("the bare point", "04", RFC6979.point),
        BadKey("off the curve", RFC6979.prefix, String(RFC6979.point.dropLast(2)), "98"),
        BadKey("the origin", RFC6979.prefix, zeros),
        BadKey("infinity", "301a301306072a8648ce3d020106082a8648ce3d0301070303000000"),
        BadKey("infinity, short", "3019301306072a8648ce3d020106082a8648ce3d03010703020000"),
        BadKey("infinity, padded", "3059301306072a8648ce3d020106082a8648ce3d03010703420000", zeros),
        BadKey(
            "compressed", "3039301306072a8648ce3d020106082a8648ce3d03010703220003", String(RFC6979.point.prefix(64))),
        BadKey("hybrid", "3059301306072a8648ce3d020106082a8648ce3d03010703420007", RFC6979.point),
        BadKey("one byte more", RFC6979.prefix, RFC6979.point, "00"),
        BadKey("one byte less", RFC6979.prefix, String(RFC6979.point.dropLast(2))),
        BadKey("long form of length", "308159301306072a8648ce3d020106082a8648ce3d03010703420004", RFC6979.point),
        BadKey("secp256k1", "3056301006072a8648ce3d020106052b8104000a03420004", RFC6979.point),
        BadKey("key agreement only", "3056301006052b8104010c06072a8648ce3d03010703420004", RFC6979.point),
        BadKey("unused bits", "3059301306072a8648ce3d020106082a8648ce3d03010703420104", RFC6979.point),
        // No RSA at all: those of 3072 bits are strong enough, but a phone's key is of P-256.
        BadKey(
            "RSA 1024", "30819f300d06092a864886f70d010101050003818d0030818902818100",
            String(repeating: "c5", count: 128), "0203010001"),
        BadKey(
            "RSA 2048", "30820122300d06092a864886f70d01010105000382010f003082010a0282010100",
            String(repeating: "c5", count: 256), "0203010001"),
        BadKey(
            "RSA 3072", "308201a2300d06092a864886f70d01010105000382018f003082018a0282018100",
            String(repeating: "c5", count: 384), "0203010001"),
        BadKey("Ed25519", "302a300506032b6570032100", String(repeating: "21", count: 32)),
    ]
}

@Suite struct `A device's public key` {
    @Test func `keeps the bytes it was read from`() throws {
        let der = Numbers.bytes(RFC6979.prefix + RFC6979.point)
        let key = try #require(DevicePublicKey(der: der))
        #expect(key.der == der)
        let again = try #require(DevicePublicKey(base64URL: Base64URL.encode(der)))
        #expect(again == key)
        #expect(Set([key, again]).count == 1)
        #expect(try TestDevice().publicKey != key)
    }

    @Test func `is read as the library writes it`() throws {
        for scalar in UInt8(1)...8 {
            let device = try TestDevice(scalar: scalar)
            #expect(device.publicKey.der == Array(device.key.publicKey.derRepresentation))
        }
    }

    /// x = 0 is on the curve; x = p is the same number written otherwise, and no coordinate.
    @Test func `has coordinates below the prime`() {  // R36
        let y = Numbers.bytes("66485c780e2f83d72433bd5d84a06bb6541c2af31dae871728bf856a174f93f4")
        let head = Numbers.bytes(RFC6979.prefix)
        #expect(DevicePublicKey(der: head + Numbers.zero + y) != nil)
        #expect(DevicePublicKey(der: head + Numbers.prime + y) == nil)
    }

    @Test(arguments: BadKey.all)  // R36
    func `is no other key and no other spelling`(bad: BadKey) throws {
        let der = try #require(Hex.decode(bad.hex), "the test's own hex is broken")
        #expect(DevicePublicKey(der: der) == nil)
        #expect(DevicePublicKey(base64URL: Base64URL.encode(der)) == nil)
    }

    @Test func `is of no larger curve`() {  // R36
        #expect(DevicePublicKey(der: Array(P384.Signing.PrivateKey().publicKey.derRepresentation)) == nil)
        #expect(DevicePublicKey(der: Array(P521.Signing.PrivateKey().publicKey.derRepresentation)) == nil)
    }

    @Test func `has one base64url spelling`() throws {
        let text = try Base64URL.encode(TestDevice().publicKey.der)
        for other in [text + "=", text + "\n", " " + text, String(text.dropLast()), text + text] {
            #expect(DevicePublicKey(base64URL: other) == nil)
        }
    }
}

@Suite struct `A device's signature` {
    private let message = Array("countersign-answer-v1\nx".utf8)

    @Test(arguments: RFC6979.signatures.indices)
    func `of the RFC is good with high and with low s`(index: Int) throws {
        let key = try RFC6979.publicKey
        let (text, r, s) = RFC6979.signatures[index]
        let otherS = Numbers.subtract(Numbers.bytes(s), from: Numbers.order)
        for scalar in [Numbers.bytes(s), otherS] {
            #expect(key.verify(signature: Numbers.bytes(r) + scalar, message: Array(text.utf8)))
            #expect(!key.verify(signature: Numbers.bytes(r) + scalar, message: Array((text + " ").utf8)))
        }
    }

    @Test func `has r and s between one and the order`() throws {  // R24 (g)
        let device = try TestDevice()
        let signature = try device.sign(message)
        let (r, s) = (Array(signature.prefix(32)), Array(signature.suffix(32)))
        #expect(device.publicKey.verify(signature: r + s, message: message))
        let belowOrder = Numbers.subtract(Numbers.one, from: Numbers.order)
        let bad = [Numbers.zero, Numbers.order, Numbers.largest, Numbers.prime]
        for left in bad + [Numbers.one, belowOrder, r] {
            for right in bad + [Numbers.one, belowOrder, s] where (left, right) != (r, s) {
                #expect(!device.publicKey.verify(signature: left + right, message: message))
            }
        }
        #expect(!device.publicKey.verify(signature: s + r, message: message))
    }

    @Test func `is not good for a key whose r and s it repeats`() throws {  // R24 (g)
        // r = x of the public key, s = 1 and the like: relations an attacker can compute without the private key.
        let device = try TestDevice()
        let x = Array(device.publicKey.der.suffix(64).prefix(32))
        for s in [x, Numbers.one, Numbers.subtract(Numbers.one, from: Numbers.order)] {
            #expect(!device.publicKey.verify(signature: x + s, message: message))
            #expect(!device.publicKey.verify(signature: x + s, message: []))
        }
    }

    @Test func `is raw and 64 bytes long`() throws {  // R24 (a), (b), (g)
        let device = try TestDevice()
        let raw = try device.sign(message)
        let der = Array(try P256.Signing.ECDSASignature(rawRepresentation: raw).derRepresentation)
        let wrong: [[UInt8]] = [
            [], [0], Array(raw.dropLast()), Array(raw.dropFirst()), raw + [0], [0] + raw, raw + raw, der,
            Array(raw.prefix(32)), [0] + raw.prefix(32) + [0] + raw.suffix(32),
        ]
        for signature in wrong {
            #expect(!device.publicKey.verify(signature: signature, message: message))
        }
    }

    @Test func `fails with any byte changed`() throws {  // R24
        let device = try TestDevice()
        let signature = try device.sign(message)
        for place in signature.indices {
            var changed = signature
            changed[place] ^= 1 << UInt8(place % 8)
            #expect(!device.publicKey.verify(signature: changed, message: message), "signature byte \(place)")
        }
        for place in message.indices {
            var changed = message
            changed[place] ^= 1
            #expect(!device.publicKey.verify(signature: signature, message: changed), "message byte \(place)")
        }
        #expect(!device.publicKey.verify(signature: signature, message: message + [10]))
        #expect(!device.publicKey.verify(signature: signature, message: []))
    }

    @Test func `is nobody else's`() throws {  // R24 (c)
        let signature = try TestDevice(scalar: 7).sign(message)
        #expect(try !TestDevice(scalar: 8).publicKey.verify(signature: signature, message: message))
    }
}

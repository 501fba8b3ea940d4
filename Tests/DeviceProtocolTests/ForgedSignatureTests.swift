// SPDX-License-Identifier: Apache-2.0
import DeviceProtocol
import Primitives
import Testing

/// R24 (g): whatever stands in place of a signature, only the signature itself is one.
@Suite struct `A forged signature` {
    // R24 (g)
    @Test(arguments: ForgedSignature.all)
    func `is refused`(forged: ForgedSignature) throws {
        let key = try RFC6979.publicKey
        #expect(!key.verify(signature: forged.bytes, message: ForgedSignature.message))
        #expect(!key.verify(signature: forged.bytes, message: []))
    }

    @Test func `stands beside the right one, which is taken`() throws {
        let key = try RFC6979.publicKey
        let (r, s) = (ForgedSignature.r, ForgedSignature.s)
        #expect(key.verify(signature: r + s, message: ForgedSignature.message))
        // contract.md: a high s is accepted, so n − s is as good as s and tells nobody more.
        let low = Numbers.subtract(s, from: Numbers.order)
        #expect(key.verify(signature: r + low, message: ForgedSignature.message))
        let short = ForgedSignature.shortR + ForgedSignature.shortS
        #expect(key.verify(signature: short, message: ForgedSignature.message))
        #expect(ForgedSignature.all.count > 280)
        #expect(Set(ForgedSignature.all.map(\.testDescription)).count == ForgedSignature.all.count)
    }

    /// The key itself is Wycheproof's favourite; a signature that verifies under it must not do so under another one.
    @Test func `is one that another key made`() throws {  // R24 (c)
        let other = try TestDevice().publicKey
        #expect(!other.verify(signature: ForgedSignature.r + ForgedSignature.s, message: ForgedSignature.message))
        let signature = try TestDevice().sign(ForgedSignature.message)
        #expect(try !RFC6979.publicKey.verify(signature: signature, message: ForgedSignature.message))
    }
}

@Suite struct `Project Wycheproof` {
    // R24 (g), R84
    @Test func `finds the right verdict on each of its raw signatures`() throws {
        #expect(WycheproofVectors.raw.count == 262)
        for group in WycheproofVectors.raw.groups {
            let key = try #require(DevicePublicKey(der: Numbers.bytes(group.key)), "\(group.key)")
            for vector in group.cases {
                let isGood = key.verify(
                    signature: Numbers.bytes(vector.signature), message: Numbers.bytes(vector.message))
                #expect(isGood == vector.isValid, "\(vector.id): \(vector.what)")
            }
        }
    }

    // R24 (g): a phone's signature is raw, so that each has one spelling; DER is none, not even where it is good.
    @Test func `finds none of its DER signatures taken`() throws {
        #expect(WycheproofVectors.der.count == 346)
        for group in WycheproofVectors.der.groups {
            let key = try #require(DevicePublicKey(der: Numbers.bytes(group.key)), "\(group.key)")
            for vector in group.cases {
                let (signature, message) = (Numbers.bytes(vector.signature), Numbers.bytes(vector.message))
                #expect(!key.verify(signature: signature, message: message), "\(vector.id): \(vector.what)")
                // Cut or filled to the length of a raw one.
                let filled = Array((signature + [UInt8](repeating: 0, count: 64)).prefix(64))
                #expect(!key.verify(signature: filled, message: message), "\(vector.id) of 64 bytes: \(vector.what)")
            }
        }
    }
}

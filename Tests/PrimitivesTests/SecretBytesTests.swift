// SPDX-License-Identifier: Apache-2.0
import Primitives
import Testing

@Suite struct `Secret bytes` {
    @Test func `show how many they are and nothing else`() {
        let secret = SecretBytes(utf8: "correct horse")
        var dumped = ""
        dump(secret, to: &dumped)
        for shown in ["\(secret)", String(reflecting: secret), dumped, "\([secret])", "\(Optional(secret) as Any)"] {
            #expect(shown.contains("SecretBytes(13 bytes)"))
            #expect(!shown.contains("horse") && !shown.contains("99"))
        }
        #expect(Mirror(reflecting: secret).children.isEmpty)
        #expect(secret.count == 13)
    }

    @Test func `are lent as they are`() {
        #expect(SecretBytes([1, 2, 3] as [UInt8]).withBytes { $0 } == [1, 2, 3])
        #expect(SecretBytes([] as [UInt8]).count == 0)
    }
}

@Suite struct `A comparison in constant time` {
    @Test func `knows equal from different, wherever the difference is`() {
        let bytes = Array(UInt8(0)..<40)
        #expect(ConstantTime.equal(bytes, bytes))
        #expect(ConstantTime.equal([] as [UInt8], []))
        for place in bytes.indices {
            for bit in UInt8(0)..<8 {
                var changed = bytes
                changed[place] ^= 1 << bit
                #expect(!ConstantTime.equal(bytes, changed))
            }
        }
    }

    @Test func `knows a prefix from the whole`() {
        #expect(!ConstantTime.equal([1, 2, 3] as [UInt8], [1, 2] as [UInt8]))
        #expect(!ConstantTime.equal([1, 2] as [UInt8], [1, 2, 0] as [UInt8]))
        #expect(!ConstantTime.equal([] as [UInt8], [0] as [UInt8]))
        #expect(ConstantTime.equal("abc".utf8, [97, 98, 99] as [UInt8]))
    }
}

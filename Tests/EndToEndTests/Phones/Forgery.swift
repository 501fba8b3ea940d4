// SPDX-License-Identifier: Apache-2.0
import Crypto
import Primitives
import SimulatedPhone
import Synchronization

/// What stands in place of a phone's signature; the whole table is DeviceProtocolTests/ForgedSignature.swift.
struct Forgery: Sendable {
    let name: String
    let change: Tampering.Change

    init(_ name: String, _ change: @escaping Tampering.Change) {
        self.name = name
        self.change = change
    }

    static let all = edges + spellings

    private static let zero = [UInt8](repeating: 0, count: 32)
    private static let one = ending(zero, 1)
    private static let order = bytes("ffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551")
    private static let prime = bytes("ffffffff00000001000000000000000000000000ffffffffffffffffffffffff")

    private static func r(_ signature: [UInt8]) -> [UInt8] { Array(signature.prefix(32)) }

    private static func s(_ signature: [UInt8]) -> [UInt8] { Array(signature.suffix(32)) }

    /// The same bytes with another last one.
    private static func ending(_ bytes: [UInt8], _ last: UInt8) -> [UInt8] { Array(bytes.dropLast()) + [last] }

    /// 64 bytes that no honest phone sends.
    private static let edges: [Forgery] = [
        Forgery("r and s are zero") { _ in zero + zero }, Forgery("r is zero") { zero + s($0) },
        Forgery("s is zero") { r($0) + zero }, Forgery("r and s are one") { _ in one + one },
        Forgery("r and s are the order") { _ in order + order }, Forgery("r is the order") { order + s($0) },
        Forgery("s is the order") { r($0) + order },
        Forgery("s is the order and one") { r($0) + ending(order, 0x52) },
        Forgery("r is the order less one") { ending(order, 0x50) + s($0) },
        Forgery("r is the field's prime") { prime + s($0) },
        Forgery("all bits are set") { _ in [UInt8](repeating: 0xff, count: 64) },
        Forgery("swapped") { s($0) + r($0) },
        Forgery("backwards") { Array($0.reversed()) },
        Forgery("the first bit bent") { [$0[0] ^ 0x80] + Array($0.dropFirst()) },
        Forgery("the last bit bent") { ending($0, $0[63] ^ 1) },
        Forgery("all bits bent") { $0.map { ~$0 } },
        Forgery("a byte moved") { Array($0.dropFirst()) + [$0[0]] },
        Forgery("DER cut to 64 bytes") { Array(der($0).prefix(64)) },
    ]

    /// The right numbers in a form of another length.
    private static let spellings: [Forgery] = [
        Forgery("nothing") { _ in [] }, Forgery("a zero byte") { _ in [0] }, Forgery("r alone") { r($0) },
        Forgery("one byte short") { Array($0.dropLast()) }, Forgery("its first byte missing") { Array($0.dropFirst()) },
        Forgery("a byte too much") { $0 + [0] }, Forgery("a byte before it") { [0] + $0 },
        Forgery("twice") { $0 + $0 }, Forgery("leading zeros") { [0] + r($0) + [0] + s($0) },
        Forgery("DER") { der($0) }, Forgery("DER and a byte") { der($0) + [0] },
        Forgery("BER with a long form of length") { [0x30, 0x81] + Array(der($0).dropFirst()) },
        Forgery("in hexadecimal") { Array(Hex.encode($0).utf8) },
        Forgery("with 500 bytes behind it") { $0 + [UInt8](repeating: 1, count: 500) },
    ]

    /// Signs what the phone would have signed with a key that is not the phone's.
    static func byAnotherKey() -> Tampering {
        let key = P256.Signing.PrivateKey()
        let lines = Lines()
        var tampering = Tampering(\.message) { lines.keep($0) }
        tampering.signature = { _ in (try? key.signature(for: lines.kept)).map { Array($0.rawRepresentation) } ?? [] }
        return tampering
    }

    /// The phone's own signature, over the hash of what it should have signed.
    static let hashedTwice = Tampering(\.message) { Array(SHA256.hash(data: $0)) }

    private final class Lines: Sendable {
        private let lines = Mutex<[UInt8]>([])

        var kept: [UInt8] { lines.withLock { $0 } }

        func keep(_ new: [UInt8]) -> [UInt8] {
            lines.withLock { $0 = new }
            return new
        }
    }

    private static func der(_ signature: [UInt8]) -> [UInt8] {
        (try? P256.Signing.ECDSASignature(rawRepresentation: signature)).map { Array($0.derRepresentation) } ?? []
    }

    private static func bytes(_ hex: String) -> [UInt8] { Hex.decode(hex) ?? [] }
}

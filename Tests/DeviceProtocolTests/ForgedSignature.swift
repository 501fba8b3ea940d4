// SPDX-License-Identifier: Apache-2.0
import Primitives
import Testing

/// Something in place of the signature over "sample" by the key of ``RFC6979``, in the manner of Project Wycheproof.
struct ForgedSignature: Sendable, CustomTestStringConvertible {
    let testDescription: String
    let bytes: [UInt8]

    init(_ name: String, _ parts: [UInt8]...) {
        testDescription = name
        bytes = parts.flatMap { $0 }
    }

    static let message = Array("sample".utf8)
    static let r = Numbers.bytes(RFC6979.signatures[0].1)
    static let s = Numbers.bytes(RFC6979.signatures[0].2)

    static let all: [Self] = outOfRange + nearlyRight + ofOtherLength + inDER + moved + ofSomethingElse

    /// Values for r and s that no signature has, and edges that this one does not have.
    private static let edges: [(name: String, value: [UInt8])] = [
        ("0", Numbers.zero), ("1", Numbers.one), ("2", Numbers.add(Numbers.one, to: Numbers.one)),
        ("n − 1", Numbers.subtract(Numbers.one, from: Numbers.order)), ("n", Numbers.order),
        ("n + 1", Numbers.add(Numbers.one, to: Numbers.order)),
        ("p − 1", Numbers.subtract(Numbers.one, from: Numbers.prime)), ("p", Numbers.prime),
        ("p + 1", Numbers.add(Numbers.one, to: Numbers.prime)),
        ("p − n", Numbers.subtract(Numbers.order, from: Numbers.prime)),
        ("2²⁵⁶ − 1", Numbers.largest), ("2²⁵⁵", [0x80] + [UInt8](repeating: 0, count: 31)),
        ("the base point's x", Numbers.baseX), ("the key's x", Numbers.bytes(RFC6979.x)),
    ]

    private static let outOfRange: [Self] =
        edges.flatMap { left in edges.map { Self("r \(left.name), s \($0.name)", left.value, $0.value) } }
        + edges.flatMap { [Self("r \($0.name), s right", $0.value, s), Self("r right, s \($0.name)", r, $0.value)] }

    /// Relations that break a verifier which forgets to reduce, negate or compare.
    private static let nearlyRight: [Self] = [
        Self("swapped", s, r), Self("r twice", r, r), Self("s twice", s, s),
        Self("n − r", Numbers.subtract(r, from: Numbers.order), s),
        Self("p − r", Numbers.subtract(r, from: Numbers.prime), s),
        Self("−r in two's complement", Numbers.negative(r), s),
        Self("−s in two's complement", r, Numbers.negative(s)),
        Self("−r and −s in two's complement", Numbers.negative(r), Numbers.negative(s)),
        Self("n − r and n − s", Numbers.subtract(r, from: Numbers.order), Numbers.subtract(s, from: Numbers.order)),
        Self("r + 1", Numbers.add(Numbers.one, to: r), s), Self("s + 1", r, Numbers.add(Numbers.one, to: s)),
        Self("r − 1", Numbers.subtract(Numbers.one, from: r), s),
        Self("r without its highest bit", [r[0] & 0x7f], Array(r.dropFirst()), s),
        Self("s without its highest bit", r, [s[0] & 0x7f], Array(s.dropFirst())),
        Self("all bits the other way round", r.map { ~$0 }, s.map { ~$0 }),
    ]

    private static let ofOtherLength: [Self] = [
        Self("nothing"), Self("a zero byte", [0]), Self("r alone", r), Self("zeros", Numbers.zero, Numbers.zero),
        Self("one byte short", r, Array(s.dropLast())), Self("first byte missing", Array(r.dropFirst()), s),
        Self("a zero byte after it", r, s, [0]), Self("a zero byte before it", [0], r, s),
        Self("a line feed after it", r, s, [0x0a]), Self("twice", r, s, r, s),
        Self("each number with a leading zero", [0], r, [0], s), Self("three numbers", r, s, s),
        Self(
            "numbers of 48 bytes, as of P-384", [UInt8](repeating: 0, count: 16), r, [UInt8](repeating: 0, count: 16), s
        ),
        Self(
            "numbers of 66 bytes, as of P-521", [UInt8](repeating: 0, count: 34), r, [UInt8](repeating: 0, count: 34), s
        ),
        Self("with the number of a public key before it", [0], r, s, [0]),
        Self("a mebibyte after it", r, s, [UInt8](repeating: 0, count: 1 << 20)),
        Self("its r without the zero that it begins with", Array(shortR.dropFirst()), shortS),
        Self("the same and a zero at the end", Array(shortR.dropFirst()), shortS, [0]),
        Self("in hexadecimal", Array(Hex.encode(r + s).utf8)),
        Self("half of it in hexadecimal", Array(Hex.encode(r).utf8)),
        Self("in base64url", Array(Base64URL.encode(r + s).utf8)),
    ]

    static let shortR = Numbers.bytes(RFC6979.shortR.0)
    static let shortS = Numbers.bytes(RFC6979.shortR.1)

    /// The same numbers, and parts of them that make 64 bytes, as ASN.1: phones send r‖s and nothing else.
    private static let inDER: [Self] = [
        Self("DER", DER.sequence(DER.integer(r), DER.integer(s))),
        Self("DER with numbers that are negative", DER.sequence(DER.tagged(2, r), DER.tagged(2, s))),
        Self("DER with zeros before the numbers", DER.sequence(DER.tagged(2, [0, 0] + r), DER.tagged(2, [0, 0] + s))),
        Self("BER with a long form of length", [0x30, 0x81, 70], DER.integer(r), DER.integer(s)),
        Self("BER with a longer form of length", [0x30, 0x82, 0, 70], DER.integer(r), DER.integer(s)),
        Self("BER with a long form of a number's length", [0x30, 71, 2, 0x81, 33, 0], r, DER.integer(s)),
        Self("BER of indefinite length", [0x30, 0x80], DER.integer(r), DER.integer(s), [0, 0]),
        Self(
            "BER with a length of four gibibytes", [0x30, 0x84, 0xff, 0xff, 0xff, 0xff], DER.integer(r), DER.integer(s)),
        Self("DER and a byte", DER.sequence(DER.integer(r), DER.integer(s)), [0]),
        Self("DER with a NULL in it", DER.sequence(DER.integer(r), DER.integer(s), [5, 0])),
        Self("DER without s", DER.sequence(DER.integer(r))), Self("DER without numbers", DER.sequence()),
        Self("DER of a SET", DER.tagged(0x31, DER.integer(r) + DER.integer(s))),
        Self("DER of OCTET STRINGs", DER.sequence(DER.tagged(4, r), DER.tagged(4, s))),
        Self("DER of zeros", DER.sequence(DER.integer([0]), DER.integer([0]))),
        Self("DER cut at 64 bytes", Array(DER.sequence(DER.integer(r), DER.integer(s)).prefix(64))),
        Self("the last 64 bytes of DER", Array(DER.sequence(DER.integer(r), DER.integer(s)).suffix(64))),
        Self("DER of 64 bytes", DER.sequence(DER.tagged(2, Array(r.suffix(29))), DER.tagged(2, Array(s.suffix(29))))),
        Self("the raw form in a BIT STRING", DER.tagged(3, [0] + r + s)),
        Self("the raw form in an OCTET STRING", DER.tagged(4, r + s)),
    ]

    /// 64 bytes with the right ones in other places.
    private static let moved: [Self] = [
        Self("the last byte first", [s[31]], r, Array(s.dropLast())),
        Self("the first byte last", Array(r.dropFirst()), s, [r[0]]),
        Self("little end first", Array(r.reversed()), Array(s.reversed())),
        Self("backwards", Array((r + s).reversed())),
        Self("r one byte short, s with a leading zero", Array(r.dropFirst()), [0], s),
        Self("r with a leading zero, s one byte short", [0], r, Array(s.dropLast())),
        Self("r in two halves around s", Array(r.prefix(16)), s, Array(r.suffix(16))),
    ]

    /// Good signatures, but not of this key over this message.
    private static let ofSomethingElse: [Self] =
        RFC6979.otherHashes.map { Self("over \($0.0)", Numbers.bytes($0.1), Numbers.bytes($0.2)) } + [
            Self(
                "over another message", Numbers.bytes(RFC6979.signatures[1].1), Numbers.bytes(RFC6979.signatures[1].2)),
            Self("r of one signature, s of another", r, Numbers.bytes(RFC6979.signatures[1].2)),
            Self("over a hash of no message", forgedOverSomeHash, forgedOverSomeHash),
            Self("the key itself", Numbers.bytes(RFC6979.point)),
        ]

    private static let forgedOverSomeHash = Numbers.bytes(RFC6979.forgedOverSomeHash)
}

/// As much of the Distinguished Encoding Rules as signatures need; no value is longer than 127 bytes.
enum DER {
    static func tagged(_ tag: UInt8, _ value: [UInt8]) -> [UInt8] { [tag, UInt8(value.count)] + value }

    static func sequence(_ values: [UInt8]...) -> [UInt8] { tagged(0x30, values.flatMap { $0 }) }

    static func integer(_ number: [UInt8]) -> [UInt8] {
        let digits = Array(number.drop { $0 == 0 })
        return tagged(2, (digits.first ?? 0x80) >= 0x80 ? [0] + digits : digits)
    }
}

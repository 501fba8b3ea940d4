// SPDX-License-Identifier: Apache-2.0

/// The inside of JSON strings: escapes (RFC 8259 §7) and UTF-8 (RFC 3629 §4).
enum JSONEscapes {
    /// The index behind the escape that begins at `start`; a surrogate pair is one escape.
    static func end(of start: Int, in bytes: UnsafeBufferPointer<UInt8>) throws(JSONFault) -> Int {
        guard start + 1 < bytes.count else { throw .syntax(offset: start) }
        switch bytes[start + 1] {
        case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"), UInt8(ascii: "b"), UInt8(ascii: "f"),
            UInt8(ascii: "n"), UInt8(ascii: "r"), UInt8(ascii: "t"):
            return start + 2
        case UInt8(ascii: "u"): break
        default: throw .syntax(offset: start)
        }
        guard let unit = codeUnit(at: start, in: bytes) else { throw .syntax(offset: start) }
        switch unit {
        case 0xD800..<0xDC00:
            guard let low = codeUnit(at: start + 6, in: bytes), (0xDC00..<0xE000).contains(low) else {
                throw .loneSurrogate(offset: start)
            }
            return start + 12
        case 0xDC00..<0xE000: throw .loneSurrogate(offset: start)
        default: return start + 6
        }
    }

    /// The value of `\uXXXX` at `start`, or nil when none stands there.
    private static func codeUnit(at start: Int, in bytes: UnsafeBufferPointer<UInt8>) -> UInt32? {
        guard start + 6 <= bytes.count, bytes[start] == UInt8(ascii: "\\"), bytes[start + 1] == UInt8(ascii: "u")
        else { return nil }
        var unit: UInt32 = 0
        for byte in bytes[(start + 2)..<(start + 6)] {
            switch byte {
            case UInt8(ascii: "0")...UInt8(ascii: "9"): unit = unit << 4 | UInt32(byte - UInt8(ascii: "0"))
            case UInt8(ascii: "a")...UInt8(ascii: "f"): unit = unit << 4 | UInt32(byte - UInt8(ascii: "a") + 10)
            case UInt8(ascii: "A")...UInt8(ascii: "F"): unit = unit << 4 | UInt32(byte - UInt8(ascii: "A") + 10)
            default: return nil
            }
        }
        return unit
    }

    /// The index behind the multi-byte scalar that begins at `start`: the table of RFC 3629 §4.
    static func endOfScalar(at start: Int, in bytes: UnsafeBufferPointer<UInt8>) throws(JSONFault) -> Int {
        let length: Int
        var second: ClosedRange<UInt8> = 0x80...0xBF
        switch bytes[start] {
        case 0xC2...0xDF: length = 2
        case 0xE0: (length, second) = (3, 0xA0...0xBF)
        case 0xED: (length, second) = (3, 0x80...0x9F)
        case 0xE1...0xEF: length = 3
        case 0xF0: (length, second) = (4, 0x90...0xBF)
        case 0xF1...0xF3: length = 4
        case 0xF4: (length, second) = (4, 0x80...0x8F)
        default: throw .notUTF8(offset: start)
        }
        guard start + length <= bytes.count, second.contains(bytes[start + 1]) else { throw .notUTF8(offset: start) }
        for byte in bytes[(start + 2)..<(start + length)] where !(0x80...0xBF).contains(byte) {
            throw .notUTF8(offset: start)
        }
        return start + length
    }

    /// The UTF-8 bytes a scanned string stands for.
    static func resolved(_ raw: UnsafeBufferPointer<UInt8>) -> [UInt8] {
        var result: [UInt8] = []
        var index = 0
        while index < raw.count {
            guard raw[index] == UInt8(ascii: "\\"), index + 1 < raw.count else {
                result.append(raw[index])
                index += 1
                continue
            }
            if let unit = codeUnit(at: index, in: raw) {
                index += 6
                var scalar = unit
                if (0xD800..<0xDC00).contains(unit), let low = codeUnit(at: index, in: raw) {
                    scalar = 0x10000 + (unit - 0xD800) << 10 + (low - 0xDC00)
                    index += 6
                }
                result.append(contentsOf: Array(String(Unicode.Scalar(scalar) ?? "\u{FFFD}").utf8))
            } else {
                result.append(single(raw[index + 1]))
                index += 2
            }
        }
        return result
    }

    private static func single(_ letter: UInt8) -> UInt8 {
        switch letter {
        case UInt8(ascii: "b"): 0x08
        case UInt8(ascii: "f"): 0x0C
        case UInt8(ascii: "n"): 0x0A
        case UInt8(ascii: "r"): 0x0D
        case UInt8(ascii: "t"): 0x09
        default: letter
        }
    }
}

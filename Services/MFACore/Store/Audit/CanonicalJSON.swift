// SPDX-License-Identifier: Apache-2.0

/// JSON in one form only, in the spirit of RFC 8785, so that equal values have equal bytes.
///
/// No white space; members in the order of their keys' bytes; strings in UTF-8, with no escapes but `\"`, `\\`, `\b`, `\t`,
/// `\n`, `\f`, `\r` and `\u00xx` for the other control characters below 0x20. Numbers stay as PostgreSQL writes them.
package enum CanonicalJSON {
    /// Deeper values are not put in order; PostgreSQL writes them in one form only, too.
    private static let depthMax = 64

    private static let quote = UInt8(ascii: "\"")
    private static let backslash = UInt8(ascii: "\\")

    /// Appends `text` as a JSON string.
    package static func append(string text: some Sequence<UInt8>, to buffer: inout [UInt8]) {
        buffer.append(quote)
        let start = buffer.count
        buffer.append(contentsOf: text)
        escape(from: start, in: &buffer)
        buffer.append(quote)
    }

    /// Escapes what stands in `buffer` from `start` on, if anything has to be.
    static func escape(from start: Int, in buffer: inout [UInt8]) {
        guard let first = buffer[start...].firstIndex(where: { mustEscape($0) }) else { return }
        let rest = Array(buffer[first...])
        buffer.removeSubrange(first...)
        for byte in rest {
            switch byte {
            case quote, backslash: buffer += [backslash, byte]
            case 0x08: buffer += [backslash, UInt8(ascii: "b")]
            case 0x09: buffer += [backslash, UInt8(ascii: "t")]
            case 0x0a: buffer += [backslash, UInt8(ascii: "n")]
            case 0x0c: buffer += [backslash, UInt8(ascii: "f")]
            case 0x0d: buffer += [backslash, UInt8(ascii: "r")]
            case 0..<0x20: buffer += Array((byte < 0x10 ? "\\u000" : "\\u00").utf8) + hex(byte)
            default: buffer.append(byte)
            }
        }
    }

    private static func isSpace(_ byte: UInt8) -> Bool {
        byte == 0x20 || byte == 0x09 || byte == 0x0a || byte == 0x0d
    }

    private static func mustEscape(_ byte: UInt8) -> Bool { byte < 0x20 || byte == quote || byte == backslash }

    private static func hex(_ byte: UInt8) -> [UInt8] { Array(String(byte, radix: 16).utf8) }

    /// `text` in the one form, whose strings PostgreSQL has written: in a `jsonb` they have the right escapes already.
    /// What is no JSON stays as it is.
    package static func ordered(_ text: [UInt8]) -> [UInt8] {
        var reader = Reader(text: text)
        var result: [UInt8] = []
        guard reader.value(into: &result, depth: 0), reader.isAtEnd else { return text }
        return result
    }

    /// Reads one value after another and writes it in order.
    private struct Reader {
        let text: [UInt8]
        var index = 0

        var isAtEnd: Bool { mutating get { skipSpace() == nil } }

        /// The next byte that is no white space, not consumed.
        private mutating func skipSpace() -> UInt8? {
            while index < text.count, isSpace(text[index]) { index += 1 }
            return index < text.count ? text[index] : nil
        }

        private mutating func take(_ wanted: Unicode.Scalar) -> Bool {
            guard skipSpace() == UInt8(ascii: wanted) else { return false }
            index += 1
            return true
        }

        mutating func value(into result: inout [UInt8], depth: Int) -> Bool {
            guard depth < depthMax, let first = skipSpace() else { return false }
            switch first {
            case UInt8(ascii: "{"): return object(into: &result, depth: depth)
            case UInt8(ascii: "["): return array(into: &result, depth: depth)
            case quote: return string(into: &result)
            default: return word(into: &result)
            }
        }

        private mutating func object(into result: inout [UInt8], depth: Int) -> Bool {
            index += 1
            var members: [(key: [UInt8], value: [UInt8])] = []
            if !take("}") {
                repeat {
                    var (key, value): ([UInt8], [UInt8]) = ([], [])
                    guard skipSpace() == quote, string(into: &key), take(":"),
                        self.value(into: &value, depth: depth + 1)
                    else { return false }
                    members.append((key, value))
                } while take(",")
                guard take("}") else { return false }
            }
            // The closing quote sorts below every letter, so a key comes before those that it begins.
            members.sort { $0.key.dropLast().lexicographicallyPrecedes($1.key.dropLast()) }
            result.append(UInt8(ascii: "{"))
            for (position, member) in members.enumerated() {
                if position > 0 { result.append(UInt8(ascii: ",")) }
                result += member.key + [UInt8(ascii: ":")] + member.value
            }
            result.append(UInt8(ascii: "}"))
            return true
        }

        private mutating func array(into result: inout [UInt8], depth: Int) -> Bool {
            index += 1
            result.append(UInt8(ascii: "["))
            if !take("]") {
                repeat {
                    if result.last != UInt8(ascii: "[") { result.append(UInt8(ascii: ",")) }
                    guard value(into: &result, depth: depth + 1) else { return false }
                } while take(",")
                guard take("]") else { return false }
            }
            result.append(UInt8(ascii: "]"))
            return true
        }

        private mutating func string(into result: inout [UInt8]) -> Bool {
            let start = index
            index += 1
            while index < text.count, text[index] != quote { index += text[index] == backslash ? 2 : 1 }
            guard index < text.count else { return false }
            index += 1
            result += text[start..<index]
            return true
        }

        /// A number, `true`, `false` or `null`.
        private mutating func word(into result: inout [UInt8]) -> Bool {
            let end = text[index...].firstIndex { byte in
                isSpace(byte) || ",]}:\"{[".utf8.contains(byte)
            }
            let word = text[index..<(end ?? text.count)]
            index = word.endIndex
            result += word
            return !word.isEmpty
        }
    }
}

// SPDX-License-Identifier: Apache-2.0

/// Makes any text safe to stand in a single line on a terminal or in a file.
enum LogText {
    /// Longer texts are cut: a log line is for reading, not for carrying requests.
    static let charactersMax = 8_192

    /// Escapes what would start a new line, drive a terminal or reorder what is read (such as U+202E).
    static func escape(_ text: String) -> String {
        if isPlain(text) { return text }
        var result = ""
        var count = 0
        for scalar in text.unicodeScalars {
            count += 1
            if count > charactersMax { return result + "…" }
            switch scalar {
            case "\n": result += "\\n"
            case "\r": result += "\\r"
            case "\t": result += "\\t"
            case _ where isUnsafe(scalar): result += "\\u{\(String(scalar.value, radix: 16, uppercase: true))}"
            default: result.unicodeScalars.append(scalar)
            }
        }
        return result
    }

    /// A value of `key=value`: quoted when it would otherwise be ambiguous.
    static func value(_ text: String) -> String {
        let needsQuotes = text.isEmpty || text.utf8.contains { marks.contains($0) }
        guard needsQuotes else { return escape(text) }
        var quoted = ""
        for scalar in text.unicodeScalars {
            if scalar == "\"" || scalar == "\\" { quoted.append("\\") }
            quoted.unicodeScalars.append(scalar)
        }
        return "\"" + escape(quoted) + "\""
    }

    /// A JSON string (RFC 8259 §7), also escaping the characters ``escape(_:)`` escapes.
    static func json(_ text: String) -> String {
        if isPlain(text), !text.utf8.contains(where: { $0 == UInt8(ascii: "\"") || $0 == UInt8(ascii: "\\") }) {
            return "\"\(text)\""
        }
        var result = "\""
        var count = 0
        for scalar in text.unicodeScalars {
            count += 1
            if count > charactersMax {
                result += "…"
                break
            }
            switch scalar {
            case "\"": result += "\\\""
            case "\\": result += "\\\\"
            case "\n": result += "\\n"
            case "\r": result += "\\r"
            case "\t": result += "\\t"
            case _ where isUnsafe(scalar):
                // Scalars past the first plane are written as two surrogates.
                for unit in String(scalar).utf16 {
                    let digits = String(unit, radix: 16)
                    result += "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
                }
            default: result.unicodeScalars.append(scalar)
            }
        }
        return result + "\""
    }

    /// What makes a value ambiguous unless it stands in quotes.
    private static let marks: [UInt8] = [
        UInt8(ascii: " "), UInt8(ascii: "\""), UInt8(ascii: "="), UInt8(ascii: "\\"),
    ]

    /// Whether a text is short and of visible ASCII alone, as nearly all are: then nothing in it is to be escaped.
    private static func isPlain(_ text: String) -> Bool {
        text.utf8.count <= charactersMax && text.utf8.allSatisfy { (0x20...0x7e).contains($0) }
    }

    private static func isUnsafe(_ scalar: Unicode.Scalar) -> Bool {
        if scalar.isASCII { return scalar.value < 0x20 || scalar.value == 0x7f }
        return switch scalar.properties.generalCategory {
        case .control, .format, .lineSeparator, .paragraphSeparator: true
        default: false
        }
    }
}

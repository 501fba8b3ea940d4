// SPDX-License-Identifier: Apache-2.0

/// Text from the database or a file on its way to a terminal.
enum TerminalText {
    /// The text on one line: what would start a new one, drive the terminal or reorder what is read is escaped.
    static func clean(_ text: String) -> String {
        replacing(text) { "\\u{\(String($0.value, radix: 16))}" }
    }

    /// A JSON document with the same characters escaped as JSON does it; its own line ends stay.
    static func escapedJSON(_ document: String) -> String {
        replacing(document) { scalar in
            if scalar == "\n" { return "\n" }
            return String(scalar).utf16.map { unit in
                let digits = String(unit, radix: 16)
                return "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
            }.joined()
        }
    }

    private static func replacing(_ text: String, _ escape: (Unicode.Scalar) -> String) -> String {
        var result = ""
        for scalar in text.unicodeScalars {
            switch scalar.properties.generalCategory {
            case .control, .format, .lineSeparator, .paragraphSeparator, .surrogate, .unassigned, .privateUse:
                result += escape(scalar)
            default: result.unicodeScalars.append(scalar)
            }
        }
        return result
    }
}

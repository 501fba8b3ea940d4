// SPDX-License-Identifier: Apache-2.0

/// Text from the database or a file on its way to a terminal.
enum TerminalText {
    /// The text on one line: what would start a new one, drive the terminal or reorder what is read is escaped.
    static func clean(_ text: String) -> String {
        var result = ""
        for scalar in text.unicodeScalars {
            switch scalar.properties.generalCategory {
            case .control, .format, .lineSeparator, .paragraphSeparator, .surrogate, .unassigned, .privateUse:
                result += "\\u{\(String(scalar.value, radix: 16))}"
            default: result.unicodeScalars.append(scalar)
            }
        }
        return result
    }
}

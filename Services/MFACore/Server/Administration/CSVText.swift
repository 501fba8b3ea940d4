// SPDX-License-Identifier: Apache-2.0

/// Rows as comma-separated values (RFC 4180), for spreadsheets and reports.
package enum CSVText {
    private static let lineEnd = "\r\n"

    /// The columns' names and then the rows, each ended as the RFC wants it.
    package static func text(_ columns: [String], rows: [[String?]]) -> String {
        ([columns] + rows).map { row in row.map { cell($0 ?? "") }.joined(separator: ",") + lineEnd }.joined()
    }

    /// The value on one line and without what drives a terminal. A spreadsheet takes what begins with `=` and its like
    /// for a formula, and what people typed stands here too; an apostrophe before it makes it text.
    private static func cell(_ value: String) -> String {
        var text = TerminalText.clean(value)
        if let first = text.first, "=+-@".contains(first) { text = "'" + text }
        guard text.contains(where: { ",\"".contains($0) }) else { return text }
        return "\"" + text.replacing("\"", with: "\"\"") + "\""
    }
}

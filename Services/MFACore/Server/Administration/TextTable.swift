// SPDX-License-Identifier: Apache-2.0

/// Rows in aligned columns, for people.
struct TextTable {
    let headings: [String]
    private(set) var rows: [[String]] = []

    init(_ headings: [String]) {
        self.headings = headings
    }

    /// Adds a row; nil is shown as a hyphen.
    mutating func add(_ cells: [String?]) {
        rows.append(cells.map { TerminalText.clean($0 ?? "-") })
    }

    /// The table, or `empty` when it has no row; each line ends with a line end.
    func text(empty: String) -> String {
        guard !rows.isEmpty else { return empty + "\n" }
        let all = [headings] + rows
        let widths = headings.indices.map { column in all.map { $0[column].count }.max() ?? 0 }
        return all.map { row in
            let cells = zip(row, widths).map { cell, width in
                cell + String(repeating: " ", count: width - cell.count)
            }
            var line = cells.joined(separator: "  ")
            while line.last == " " { line.removeLast() }
            return line + "\n"
        }.joined()
    }

    /// Name and value of each fact, one line each.
    static func facts(_ facts: [(String, String?)]) -> String {
        let width = facts.map(\.0.count).max() ?? 0
        return facts.compactMap { name, value in
            guard let value else { return nil }
            return name + String(repeating: " ", count: width - name.count + 2) + TerminalText.clean(value) + "\n"
        }.joined()
    }
}

// SPDX-License-Identifier: Apache-2.0
import Foundation

/// What a command prints: a table or sentences for people, one JSON document for programs, and some also CSV.
package struct CommandReport: Sendable {
    private let text: String
    private let document: String
    private let csv: String?

    /// - Parameters:
    ///   - text: ends with a line end, unless it is empty.
    ///   - csv: for lists that spreadsheets take.
    init(_ text: String, document: some Encodable, csv: String? = nil) throws {
        self.text = text
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .prettyPrinted, .withoutEscapingSlashes]
        self.document = TerminalText.escapedJSON(String(decoding: try encoder.encode(document), as: UTF8.self)) + "\n"
        self.csv = csv
    }

    /// The form that was asked for.
    package func rendered(asJSON: Bool) -> String { asJSON ? document : text }

    /// As comma-separated values; the text where there are none.
    package var renderedAsCSV: String { csv ?? text }
}

/// A list in the form that all lists have, here and over HTTP.
struct ReportedItems<Item: Encodable>: Encodable {
    let items: [Item]
    /// What to continue from, when there is more.
    let next: String?

    init(_ items: [Item], next: String? = nil) {
        self.items = items
        self.next = next
    }

    private enum CodingKeys: CodingKey {
        case items, next
    }

    /// `next` is always there, null at the end.
    func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: CodingKeys.self)
        try container.encode(items, forKey: .items)
        try container.encode(next, forKey: .next)
    }
}

/// An act without anything to tell but that it was done.
struct ReportedAct: Encodable {
    /// What it was done to.
    let name: String
    /// Such as `removed`.
    let state: String
}

// SPDX-License-Identifier: Apache-2.0
import Foundation
import MFADomain

/// Reads and writes what is kept of a policy as JSON.
enum PolicyRow {
    /// The JSON of an explanation or a document; the same value always gives the same text.
    static func text(_ value: some Encodable) -> String {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        return (try? encoder.encode(value)).map { String(decoding: $0, as: UTF8.self) } ?? "null"
    }

    /// Nil for what this version cannot read: a sign-in is not worth less for it.
    static func explanation(_ text: String) -> PolicyExplanation? {
        try? JSONDecoder().decode(PolicyExplanation.self, from: Data(text.utf8))
    }

    static func document(_ text: String, version: Int64) throws(UnreadablePolicy) -> PolicyDocument {
        do {
            return try JSONDecoder().decode(PolicyDocument.self, from: Data(text.utf8))
        } catch {
            throw UnreadablePolicy(what: "version \(version)")
        }
    }
}

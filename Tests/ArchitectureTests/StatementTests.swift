// SPDX-License-Identifier: Apache-2.0
import Foundation
import Testing

/// SQL has its own page: it stands in …Statements.swift and in migrations, nowhere else.
struct StatementTests {
    private static let sql =
        #"(?i)\b(select\s+\S.*\bfrom\b|insert\s+into\s|update\s+\S+\s+set\s|delete\s+from\s|create\s+table\s)"#

    @Test func `SQL stands in files of statements only`() throws {
        let expression = try Regex(Self.sql)
        for file in SourceTree.shipped where !file.name.hasSuffix("Statements.swift") {
            let text = file.strings.joined(separator: "\n")
            for match in text.matches(of: expression) {
                let line = text[..<match.range.lowerBound].split(separator: "\n", omittingEmptySubsequences: false)
                    .count
                Issue.record("\(file.path):\(line): SQL belongs in a …Statements.swift")
            }
        }
    }

    @Test(arguments: ["select a from b", "INSERT INTO a VALUES (1)", "update a\n   set b = 1", "delete from a"])
    func `recognises SQL`(text: String) throws {
        #expect(text.contains(try Regex(Self.sql)))
    }

    @Test(arguments: ["Select a number.", "The update set of keys", "set role x", "commit"])
    func `does not take prose for SQL`(text: String) throws {
        #expect(!text.contains(try Regex(Self.sql)))
    }

    @Test func `migrations are numbered without a gap`() {
        let folder = "Services/MFACore/Store/Migrations/SQL"
        for (offset, name) in SourceTree.names(in: folder).enumerated() {
            let number = String(offset + 1)
            let expected = "V" + String(repeating: "0", count: 4 - number.count) + number + "__"
            #expect(
                name.hasPrefix(expected) && name.hasSuffix(".sql"), "\(name) stands where \(expected)….sql is expected")
        }
    }
}

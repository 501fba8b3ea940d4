// SPDX-License-Identifier: Apache-2.0
import Foundation
import Testing

/// docs/reference/errors.md says what the code says.
struct ErrorReferenceTests {
    struct Entry: Equatable {
        let code: String
        let status: String
        let title: String
    }

    @Test func `the page lists every code with its status and meaning, and no other`() throws {
        let contract = try Self.entries(of: "Shared/Contract/API/ErrorCode.swift")
        let edge = try Self.entries(of: "Shared/Platform/HTTPKit/Problems/EdgeCode.swift")
        #expect(contract.count >= 17)
        var expected = Dictionary(uniqueKeysWithValues: contract.map { ($0.code, $0) })
        for entry in edge {
            if let other = expected[entry.code] { #expect(entry == other, "the two enums differ about \(entry.code)") }
            expected[entry.code] = entry
        }

        let page = Self.rows(of: "docs/reference/errors.md")
        #expect(Set(page.map(\.code)).count == page.count)
        for entry in page { #expect(expected[entry.code] == entry, "\(entry.code)") }
        let missing = Set(expected.keys).subtracting(page.map(\.code))
        #expect(missing.isEmpty)
    }

    /// Reads cases, `status` and `title` of an enum that conforms to ProblemCode.
    private static func entries(of path: String) throws -> [Entry] {
        let text = SourceTree.text(of: path)
        let declaration = try Regex(#"(?m)^    case `?(\w+)`?(?: = "(\w+)")?$"#)
        let statuses = try values(of: #"(?m)^        case ((?:\.\w+(?:, )?)+): (\d{3})$"#, in: text)
        let titles = try values(of: #"(?m)^        case ((?:\.\w+(?:, )?)+): "(.*)"$"#, in: text)
        return text.matches(of: declaration).map { match in
            let name = String(match.output[1].substring ?? "")
            let code = match.output[2].substring.map(String.init) ?? name
            return Entry(code: code, status: statuses[name] ?? "no status", title: titles[name] ?? "no title")
        }
    }

    /// The right sides of a switch by the names of its cases.
    private static func values(of pattern: String, in text: String) throws -> [String: String] {
        var result: [String: String] = [:]
        for match in text.matches(of: try Regex(pattern)) {
            for name in (match.output[1].substring ?? "").split(separator: ", ") {
                result[String(name.dropFirst())] = match.output[2].substring.map(String.init)
            }
        }
        return result
    }

    /// The rows of the page's table.
    private static func rows(of path: String) -> [Entry] {
        SourceTree.text(of: path).split(separator: "\n").compactMap { line in
            let cells = line.split(separator: "|").map { $0.trimmingCharacters(in: .whitespaces) }
            guard cells.count == 4, cells[0].hasPrefix("`") else { return nil }
            return Entry(code: String(cells[0].dropFirst().dropLast()), status: cells[1], title: cells[2])
        }
    }
}

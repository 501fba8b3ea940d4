// SPDX-License-Identifier: Apache-2.0
import Foundation
import Testing

/// What one page says of another leads there.
struct LinkTests {
    private static let pages = SourceTree.files(below: ["docs"], suffixes: [".md"]) + ["README.md"]

    @Test(arguments: pages)
    func `links lead to files and headings that are there`(page: String) {
        let folder = page.contains("/") ? String(page[..<(page.lastIndex(of: "/") ?? page.startIndex)]) : "."
        for link in SourceTree.text(of: page).matches(of: #/\]\(([^)\s]+)\)/#).map({ String($0.output.1) }) {
            guard !link.contains("://") else { continue }
            let parts = link.split(separator: "#", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
            let target = parts[0].isEmpty ? page : URL(filePath: "/\(folder)/\(parts[0])").standardized.path
            let path = target.hasPrefix("/") ? String(target.dropFirst()) : target
            #expect(
                FileManager.default.fileExists(atPath: SourceTree.root.appending(path: path).path), "\(page): \(link)")
            if parts.count == 2, path.hasSuffix(".md") {
                #expect(Self.anchors(of: path).contains(parts[1]), "\(page): \(link)")
            }
        }
    }

    /// Headings as their readers' links call them: lower case, hyphens for spaces, no punctuation.
    private static func anchors(of page: String) -> Set<String> {
        let headings = SourceTree.text(of: page).split(separator: "\n").filter { $0.hasPrefix("#") }
        return Set(
            headings.map { heading in
                let text = heading.drop { $0 == "#" }.trimmingCharacters(in: .whitespaces).lowercased()
                return String(
                    text.filter { $0.isLetter || $0.isNumber || " -_".contains($0) }.map { $0 == " " ? "-" : $0 })
            })
    }
}

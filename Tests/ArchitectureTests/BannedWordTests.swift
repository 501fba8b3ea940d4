// SPDX-License-Identifier: Apache-2.0
import Foundation
import Testing

struct BannedWordTests {
    @Test func `no banned word stands in the sources`() throws {
        for banned in BannedWord.all {
            for file in SourceTree.swift where banned.holds(file.path) {
                for line in try banned.lines(in: file) {
                    Issue.record("\(file.path):\(line): \(banned.pattern) – instead: \(banned.instead)")
                }
            }
        }
    }

    @Test(arguments: [
        "let a = try! f()", "Task.detached { }", "print(a)", "dump(a)", "fatalError(a)", "// TODO: later",
        "@testable import A",
        "    public struct A {", "let text = String(describing: error)", "let now = Date()",
        #"let sql = "select * from a""#,
        "final class UserManager {", "sleep(1)",
    ])
    func `finds each banned word`(line: String) throws {
        // A folder where every rule holds.
        let folders = ["Services/MFACore/Domain/A.swift", "Services/MFACore/Server/A.swift"]
        let found = try BannedWord.all.filter { banned in
            try folders.contains { path in
                try banned.holds(path) && !banned.lines(in: SourceFile(path: path, text: line)).isEmpty
            }
        }
        #expect(found.count == 1, "\(line)")
    }

    @Test func `leaves the allowed alone`() throws {
        let text = """
            // try! to think of print(a)
            let a = "fatalError(" + logger.print(b)
            package struct Imprint { let name = Update() }
            """
        let file = SourceFile(path: "Services/MFACore/Domain/A.swift", text: text)
        for banned in BannedWord.all { #expect(try banned.lines(in: file).isEmpty, "\(banned.pattern)") }
    }

    @Test func `every source file begins with its licence`() {
        for file in SourceTree.swift where file.name != "Placeholder.swift" {
            #expect(file.comments.first == "// SPDX-License-Identifier: Apache-2.0", "\(file.path)")
        }
        let others = SourceTree.files(below: ["Services", "Tests", "deploy"], suffixes: [".sql", ".sh", ".service"])
        for path in others {
            let head = SourceTree.text(of: path).split(separator: "\n").prefix(2).joined()
            #expect(head.contains("SPDX-License-Identifier: Apache-2.0"), "\(path)")
        }
    }

    @Test func `no file knows the machine it was written on`() throws {
        let kinds = [".swift", ".sql", ".sh", ".md", ".yaml", ".json", ".service", ".conf", ".txt", ".mustache"]
        let paths =
            SourceTree.files(below: ["Services", "Shared", "Tests", "deploy", "docs"], suffixes: kinds)
            + ["Makefile", "README.md", "Package.swift", ".ci/run"]
        let machine = try Regex(#"(^|[^\w.])/(work|root|Users|home/\w+)/"#)
        for path in paths where path != "Tests/ArchitectureTests/BannedWordTests.swift" {
            let lines = SourceTree.text(of: path).split(separator: "\n", omittingEmptySubsequences: false)
            for (offset, line) in lines.enumerated() where line.contains(machine) {
                Issue.record("\(path):\(offset + 1): \(line)")
            }
        }
    }
}

extension BannedWord {
    /// The lines of a file that hold the word, from 1.
    func lines(in file: SourceFile) throws -> [Int] {
        let expression = try Regex(pattern)
        let text =
            switch layer {
            case .code: file.code
            case .strings: file.strings
            case .comments: file.comments
            }
        return text.enumerated().filter { $0.element.contains(expression) }.map { $0.offset + 1 }
    }
}

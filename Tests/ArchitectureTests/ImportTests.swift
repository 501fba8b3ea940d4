// SPDX-License-Identifier: Apache-2.0
import Testing

struct ImportTests {
    @Test func `a target imports only what the table allows`() {
        for target in AllowedImports.table {
            for file in SourceTree.shipped where file.path.hasPrefix(target.folder) {
                for module in Imports.of(file) where !target.allowed.contains(module) {
                    Issue.record("\(file.path): \(target.name) may not import \(module) (AllowedImports.swift)")
                }
            }
        }
    }

    @Test func `every shipped file belongs to a target of the table`() {
        for file in SourceTree.shipped {
            let owners = AllowedImports.table.filter { file.path.hasPrefix($0.folder) }
            #expect(owners.count == 1, "\(file.path) belongs to \(owners.map(\.name))")
        }
    }

    @Test func `the table names the targets of the package and no others`() {
        let manifest = SourceFile(path: "Package.swift", text: SourceTree.text(of: "Package.swift"))
        let declared = manifest.strings.joined(separator: "\n")
        for target in AllowedImports.table {
            #expect(declared.contains(target.name), "Package.swift has no target \(target.name)")
            #expect(declared.contains(target.folder.dropLast()), "Package.swift has no path \(target.folder)")
        }
    }

    @Test(arguments: [
        ("import Foundation", "Foundation"), ("package import Primitives", "Primitives"),
        ("internal import struct NIOCore.ByteBuffer", "NIOCore"), ("@preconcurrency import Logging", "Logging"),
        ("@_exported public import Crypto", "Crypto"),
    ])
    func `reads every form of an import`(line: String, module: String) {
        #expect(Imports.of(SourceFile(path: "A.swift", text: line)) == [module])
    }

    @Test func `takes no import from a comment or a string`() {
        let text = "// import A\n/* import B */\nlet c = \"\"\"\nimport C\n\"\"\"\n"
        #expect(Imports.of(SourceFile(path: "A.swift", text: text)).isEmpty)
    }
}

/// The modules that a file imports.
enum Imports {
    private static let modifiers: Set<Substring> = ["package", "public", "internal", "private", "fileprivate"]
    private static let kinds: Set<Substring> = [
        "struct", "class", "enum", "protocol", "typealias", "func", "var", "let",
    ]

    static func of(_ file: SourceFile) -> [String] {
        file.code.compactMap { line -> String? in
            var words = line.split(separator: " ")[...]
            while let word = words.first, word.hasPrefix("@") || modifiers.contains(word) { words.removeFirst() }
            guard words.first == "import" else { return nil }
            words.removeFirst()
            if let word = words.first, kinds.contains(word) { words.removeFirst() }
            return words.first?.split(separator: ".").first.map(String.init)
        }
    }
}

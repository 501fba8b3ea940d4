// SPDX-License-Identifier: Apache-2.0
import Foundation

/// The package as it lies on disk, found from where this file was compiled.
enum SourceTree {
    static let root: URL = {
        var folder = URL(filePath: #filePath).deletingLastPathComponent()
        while folder.path != "/" {
            if FileManager.default.fileExists(atPath: folder.appending(path: "Package.swift").path) { return folder }
            folder.deleteLastPathComponent()
        }
        return folder
    }()

    /// Every Swift file below Services, Shared and Tests.
    static let swift: [SourceFile] = files(below: ["Services", "Shared", "Tests"], suffixes: [".swift"]).map {
        SourceFile(path: $0, text: text(of: $0))
    }

    /// Swift files that are shipped.
    static var shipped: [SourceFile] { swift.filter { !$0.path.hasPrefix("Tests/") } }

    /// Paths of the files below `folders` that end in one of `suffixes`, relative to the root, in order.
    static func files(below folders: [String], suffixes: [String]) -> [String] {
        folders.flatMap { folder -> [String] in
            let enumerator = FileManager.default.enumerator(atPath: root.appending(path: folder).path)
            var found: [String] = []
            while let path = enumerator?.nextObject() as? String {
                if suffixes.contains(where: path.hasSuffix) { found.append("\(folder)/\(path)") }
            }
            return found
        }.sorted()
    }

    /// The text of a file, empty when it is absent or not UTF-8.
    static func text(of path: String) -> String {
        (try? String(contentsOf: root.appending(path: path), encoding: .utf8)) ?? ""
    }

    /// Whether a file or folder is there.
    static func exists(_ path: String) -> Bool {
        FileManager.default.fileExists(atPath: root.appending(path: path).path)
    }

    /// Names in a folder, without those that begin with a dot.
    static func names(in folder: String) -> [String] {
        let found = try? FileManager.default.contentsOfDirectory(atPath: root.appending(path: folder).path)
        return (found ?? []).filter { !$0.hasPrefix(".") }.sorted()
    }
}

/// One Swift file with its comments, strings and code apart.
struct SourceFile {
    /// Relative to the root, such as `Shared/Primitives/Hex.swift`.
    let path: String
    let lineCount: Int
    /// The text with comments and the contents of strings blanked, line for line.
    let code: [Substring]
    /// The text with everything but the contents of strings blanked.
    let strings: [Substring]
    /// The text with everything but comments blanked.
    let comments: [Substring]

    init(path: String, text: String) {
        self.path = path
        let layers = SwiftLayers(text)
        self.code = Self.lines(layers.code)
        self.strings = Self.lines(layers.strings)
        self.comments = Self.lines(layers.comments)
        self.lineCount = code.last?.isEmpty == true ? code.count - 1 : code.count
    }

    /// The file's name without folders.
    var name: String { path.split(separator: "/").last.map(String.init) ?? path }

    /// The folder the file stands in, with a slash at its end.
    var folder: String { String(path.dropLast(name.count)) }

    private static func lines(_ text: String) -> [Substring] {
        text.split(separator: "\n", omittingEmptySubsequences: false)
    }
}

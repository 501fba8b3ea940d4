// SPDX-License-Identifier: Apache-2.0
import Foundation
import Testing

struct TreeTests {
    @Test func `the top level holds the rooms of the house and nothing else`() {
        let rooms: Set = ["Makefile", "Package.swift", "README.md", "Services", "Shared", "Tests", "deploy", "docs"]
        let found = Set(SourceTree.names(in: "")).subtracting(["Package.resolved"])
        #expect(found.subtracting(rooms).isEmpty)
        #expect(rooms.subtracting(found).isEmpty)
    }

    @Test func `there is no junk drawer`() {
        let drawers = ["Core", "Common", "Utils", "Util", "Helpers", "Models", "Managers", "Misc", "New", "Deprecated"]
        for file in SourceTree.swift {
            for part in file.folder.split(separator: "/") where drawers.contains(String(part)) {
                Issue.record("\(file.path): a folder is a room of the domain, not “\(part)”")
            }
        }
    }

    @Test func `each file is named after a type or an extension in it`() {
        for file in SourceTree.swift where file.name != "Placeholder.swift" {
            let name = file.name.dropLast(".swift".count)
            #expect(name.first?.isUppercase == true, "\(file.path)")
        }
    }

    @Test func `nothing in the repository is left open that documents point to`() throws {
        let link = try Regex(#"\]\(([^)#:\s]+)(#[^)]*)?\)"#)
        for path in SourceTree.files(below: ["docs"], suffixes: [".md"]) + ["README.md"] {
            let folder = path.contains("/") ? String(path[..<(path.lastIndex(of: "/") ?? path.startIndex)]) + "/" : ""
            for match in SourceTree.text(of: path).matches(of: link) {
                let target = match.output[1].substring.map(String.init) ?? ""
                #expect(SourceTree.exists(folder + target), "\(path) points to \(target)")
            }
        }
    }
}

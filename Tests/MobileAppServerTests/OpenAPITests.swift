// SPDX-License-Identifier: Apache-2.0
import Foundation
import MFAAPI
import MobileAppServer
import Testing

/// docs/reference/openapi.yaml describes to phones what is routed, and nothing else; it is read line by line.
struct OpenAPITests {
    @Test func `the six operations are described, and no other`() throws {
        let expected = PhoneOperation.allCases.map { "\($0.method) \($0.path.dropFirst(Paths.api.count))" }
        #expect(try Self.describedForPhones().sorted() == expected.sorted())
    }

    private static func describedForPhones() throws -> [String] {
        let root = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "../..").standardized
        let text = try String(contentsOf: root.appending(path: "docs/reference/openapi.yaml"), encoding: .utf8)
        var path = ""
        var method = ""
        var found: [String] = []
        for line in text.split(separator: "\n") {
            if line.hasPrefix("  /") { path = String(line.dropFirst(2).dropLast()) }
            let word = line.dropFirst(4).dropLast()
            if line.hasPrefix("    "), ["get", "post", "put", "patch", "delete"].contains(word) {
                method = word.uppercased()
            }
            if line == "      tags: [phones]" { found.append("\(method) \(path)") }
        }
        return found
    }
}

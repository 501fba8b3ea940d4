// SPDX-License-Identifier: Apache-2.0
import Foundation
import Testing

/// The sample configurations name only keys that some service reads.
struct SampleConfigurationTests {
    @Test(arguments: DeploymentTests.services)
    func `a sample has only keys that are declared`(service: String) throws {
        let declared = try Self.declaredKeys()
        try #require(declared.count > 10)
        let sample = Self.keys(of: SourceTree.text(of: "deploy/configuration/\(service).yaml"))
        try #require(sample.count > 5)
        for key in sample {
            let isDeclared = try declared.contains { try Regex($0).wholeMatch(in: key) != nil }
            #expect(isDeclared, "\(service).yaml: no SettingKey is called \(key)")
        }
    }

    @Test func `a sample holds no secret, only where it is`() {
        for service in DeploymentTests.services {
            for line in SourceTree.text(of: "deploy/configuration/\(service).yaml").split(separator: "\n") {
                let setting = line.prefix { $0 != "#" }.lowercased()
                guard setting.contains("password:") || setting.contains("secret:") || setting.contains("key:") else {
                    continue
                }
                #expect(setting.contains(": /"), "\(service).yaml: \(line)")
            }
        }
    }

    @Test func `reads nested keys`() {
        let text = "# note\na:\n  b: 1\n  c:\n    d: [x, y]\ne:\n  # f: 2\n  f: 3\n"
        #expect(Self.keys(of: text) == ["a.b", "a.c.d", "e.f"])
    }

    /// The names in `SettingKey("…")` as regular expressions; an interpolated part stands for any section.
    private static func declaredKeys() throws -> Set<String> {
        let declaration = try Regex(#"SettingKey\(\s*"((?:[^"\\]|\\\([^)]*\))+)""#)
        let section = try Regex(#"\\\([^)]*\)"#)
        var found: Set<String> = []
        for path in SourceTree.shipped.map(\.path) {
            for match in SourceTree.text(of: path).matches(of: declaration) {
                let name = match.output[1].substring ?? ""
                let parts = name.split(separator: section, omittingEmptySubsequences: false).map {
                    $0.replacing(".", with: #"\."#)
                }
                found.insert(parts.joined(separator: #"[A-Za-z]+(\.[A-Za-z]+)*"#))
            }
        }
        return found
    }

    /// The dotted names of all values in YAML of the samples' plain form: nested maps, values on one line.
    static func keys(of text: String) -> [String] {
        var sections: [(indent: Int, name: String)] = []
        var found: [String] = []
        for line in text.split(separator: "\n") {
            let content = line.drop { $0 == " " }
            guard !content.isEmpty, !content.hasPrefix("#"), let colon = content.firstIndex(of: ":") else { continue }
            let indent = line.count - content.count
            sections.removeAll { $0.indent >= indent }
            sections.append((indent, String(content[..<colon])))
            let value = content[content.index(after: colon)...].drop { $0 == " " }
            if !value.isEmpty, !value.hasPrefix("#") {
                found.append(sections.map(\.name).joined(separator: "."))
            }
        }
        return found
    }
}

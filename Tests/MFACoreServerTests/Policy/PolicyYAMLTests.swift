// SPDX-License-Identifier: Apache-2.0
import MFACoreServer
import MFADomain
import Testing

/// Files that are made to hurt whoever reads them.
@Suite(.timeLimit(.minutes(1)))
struct PolicyYAMLTests {
    private func faults(_ text: String) -> [String] {
        PolicyFile.read(text, domains: IdentityDomains([])).faults.map(\.description)
    }

    // Sixty lines of aliases stand for 2⁶⁰ values, and a key is compared with others by all of its own.
    @Test func `a file that stands for billions of values is refused before any of them is read`() {
        var text = "a0: &a0 [x, x]\n"
        for level in 1...60 { text += "a\(level): &a\(level) [*a\(level - 1), *a\(level - 1)]\n" }
        let told = faults(text + "? *a60\n: x\n")
        #expect(told.count == 1 && told[0].hasPrefix("line 1: A policy takes no anchors"), "\(told)")
    }

    // A part that holds itself is the only loop that a policy file could have.
    @Test(arguments: [
        ("networks: &a {office: *a}", 1), ("lines: &l\n  - *l", 1), ("&a\nlines: []", 1), ("lines:\n- &a {}", 2),
        ("defaults:\n  ? &k action\n  : ask", 2), (#"{"lines":&a []}"#, 1), ("lines: [&a {}]", 1),
        ("lines:\n  - !!map &a {}", 2), ("lines: []\n\u{85}&a b: c", 2), ("lines: [{},&a {}]", 1),
    ])
    func `an anchor is refused wherever it stands`(text: String, line: Int) {
        let told = faults(text)
        #expect(told.count == 1 && told[0].hasPrefix("line \(line): A policy takes no anchors"), "\(told)")
    }

    @Test func `an and sign that is one is no anchor`() {
        let text = """
            networks: {R&D: 192.0.2.1}
            lines:
              - {name: "Research & development", when: {networks: [R&D]}, then: {action: refuse}}
              - {name: '&', when: {applications: ["&co"]}, then: {action: ask}}
            """
        #expect(faults(text).isEmpty, "\(faults(text))")
    }

    @Test(arguments: [
        ("lines: []\nlines: []", "“lines” stands twice"),
        ("\"a\\u001b[2J\": 1\n\"a\\u001b[2J\": 2", "a key stands twice"),
        ("? [a]\n: 1\n? [a]\n: 2", "stands twice"), ("lines: []\n---\nlines: []", "another document"),
        ("a: \u{1}", "it has to be UTF-8 without control characters"), ("lines: *nobody", "undefined alias"),
        ("%YAML 9.9\n---\nlines: []", "This is no YAML"), ("lines: [!<tag", "This is no YAML"),
    ])
    func `what cannot be read is told in one line, without what would drive a terminal`(text: String, part: String) {
        let told = faults(text)
        #expect(told.count == 1 && told[0].contains(part), "\(told)")
        #expect(!told.joined().unicodeScalars.contains { $0.properties.generalCategory == .control })
    }

    @Test func `nesting has an end`() {
        for (opening, closing) in [("[", "]"), ("{a: ", "}")] {
            let deep = String(repeating: opening, count: 20_000) + String(repeating: closing, count: 20_000)
            #expect(faults(deep).count == 1)
        }
        let indented = (0..<400).map { String(repeating: " ", count: $0) + "a:\n" }.joined()
        #expect(faults(indented) == ["line 1: The policy: “a” is unknown; use networks, hours, defaults, lines."])
    }
}

// SPDX-License-Identifier: Apache-2.0
import Pages
import Testing

@Suite struct PageStringsTests {
    private func strings() throws -> PageStrings {
        try PageStrings(texts: ["en": ["a": "one", "b": "two"], "de": ["a": "eins"], "pt-br": ["a": "um"]])
    }

    @Test func `falls back to English, then to the key`() throws {
        let strings = try strings()
        #expect(strings.text("a", in: "de") == "eins")
        #expect(strings.text("b", in: "de") == "two")
        #expect(strings.text("a", in: "xx") == "one")
        #expect(strings.text("c", in: "de") == "c")
    }

    @Test func `needs English`() {
        let error = #expect(throws: PageError.self) { try PageStrings(texts: ["de": [:]]) }
        #expect(error?.code == .stringsMalformed)
    }

    /// RFC 9110 §12.5.4.
    @Test(
        arguments: [
            (nil, "en"), ("", "en"), ("de", "de"), ("de-CH", "de"), ("DE-ch", "de"), ("fr", "en"), ("fr, de", "de"),
            ("en;q=0.5, de;q=0.8", "de"), ("de;q=0.5, en;q=0.8", "en"), ("de;q=0", "en"), ("pt-BR", "pt-br"),
            ("pt", "en"), ("de;q=x", "en"), (";;;,,,=", "en"), ("*", "en"), ("de ; q=0.9 , en ; q=0.1", "de"),
        ] as [(String?, String)])
    func `chooses the language a browser asks for`(header: String?, language: String) throws {
        #expect(try strings().language(accepting: header) == language)
    }
}

// SPDX-License-Identifier: Apache-2.0
import Foundation
import Pages
import Testing

private struct Greeting: PageModel {
    struct Item: Sendable { let name: String }
    static let template = "room/greeting"
    var user: String
    var note: String?
    var items: [Item] = []
    var qrSVG = ""
}

@Suite struct PageTemplatesTests {
    private func templates(_ source: String, layout: String? = nil) throws -> PageTemplates {
        let strings = try PageStrings(texts: [
            "en": ["hello": "Hello", "and": "and", "quote": "<b>"], "de": ["hello": "Hallo"],
        ])
        var sources = ["room/greeting": source]
        sources["layout"] = layout
        return try PageTemplates(sources: sources, strings: strings)
    }

    private func page(_ source: String, _ model: Greeting, language: String = "en") throws -> String {
        try templates(source).render(model, language: language)
    }

    @Test func `shows the model's properties and the language's texts`() throws {
        let source = "{{t.hello}} {{user}} {{t.and}} {{#items}}[{{name}} {{t.and}}]{{/items}}{{^items}}none{{/items}}"
        let model = Greeting(user: "Zoë", items: [.init(name: "a"), .init(name: "b")])
        #expect(try page(source, model) == "Hello Zoë and [a and][b and]")
        #expect(try page(source, model, language: "de") == "Hallo Zoë and [a and][b and]")
        #expect(try page("{{language}}", model, language: "de") == "de")
        #expect(try page(source, Greeting(user: "x")) == "Hello x and none")
    }

    @Test func `an absent value shows nothing and opens no section`() throws {
        #expect(try page("<{{note}}{{#note}}+{{/note}}{{^note}}-{{/note}}>", Greeting(user: "x")) == "<->")
        let model = Greeting(user: "x", note: "n")
        #expect(try page("<{{note}}{{#note}}+{{.}}{{/note}}{{^note}}-{{/note}}>", model) == "<n+n>")
    }

    @Test(arguments: [
        "<script>alert(1)</script>", "\" onfocus=alert(1) x=\"", "' x='", "&lt;", "\"\u{0301} onfocus=x",
        "<\u{0338}img src=x>", "'\u{200D}", "&\u{FE0F}", "<\r\n>", "\"\u{1F3FB}",
    ])
    func `escapes whatever a person typed, accents on the quotation mark included`(text: String) throws {
        let shown = try page("{{user}}", Greeting(user: text))
        let entities: [Unicode.Scalar: String] = [
            "<": "&lt;", ">": "&gt;", "&": "&amp;", "\"": "&quot;", "'": "&#39;",
        ]
        let expected = text.unicodeScalars.map { entities[$0] ?? String($0) }.joined()
        #expect(Array(shown.utf8) == Array(expected.utf8))
    }

    @Test func `escapes in sections, partials and layouts too`() throws {
        let text = "\"\u{0301}<"
        let model = Greeting(user: text, note: text, items: [.init(name: text)])
        let safe = "&quot;\u{0301}&lt;"
        #expect(try page("{{#items}}{{name}}{{/items}}{{#note}}{{.}}{{/note}}", model) == safe + safe)
        let inherited = try templates(
            "{{<layout}}{{$body}}{{user}}{{/body}}{{/layout}}", layout: "({{$body}}{{/body}}{{user}})")
        #expect(try inherited.render(model, language: "en") == "(\(safe)\(safe))")
        let partial = try templates("{{>layout}}{{user}}", layout: "({{user}})")
        #expect(try partial.render(model, language: "en") == "(\(safe))\(safe)")
        #expect(try page("{{t.quote}}", model) == "&lt;b&gt;")
    }

    @Test func `lets pictures of ours through`() throws {
        #expect(try page("{{{qrSVG}}}", Greeting(user: "x", qrSVG: "<svg/>")) == "<svg/>")
        #expect(try page("{{&qrSVG}}", Greeting(user: "x", qrSVG: "<svg/>")) == "<svg/>")
    }

    @Test(arguments: [
        "{{{user}}}", "{{&user}}", "{{& user }}", "{{ {user} }}", "x{{#items}}{{{name}}}{{/items}}",
        "{{=<% %>=}}<%& user %>", "{{% CONTENT_TYPE:TEXT}}{{user}}",
    ])
    func `refuses a template that would write anything else unescaped`(source: String) throws {
        let error = #expect(throws: PageError.self) { try templates(source) }
        #expect(error?.code == .unescapedOutput)
    }

    @Test func `a malformed template is named`() throws {
        let error = #expect(throws: PageError.self) { try templates("{{#items}}") }
        #expect(error?.code == .templateMalformed)
        #expect(error?.reason.contains("room/greeting") == true)
    }

    @Test func `a page without a template is an error`() throws {
        let none = try PageTemplates(sources: [:], strings: PageStrings(texts: ["en": [:]]))
        let error = #expect(throws: PageError.self) { try none.render(Greeting(user: "x"), language: "en") }
        #expect(error?.code == .templateUnknown)
    }

    @Test func `finds texts that no language has`() throws {
        let faulty = try templates("{{t.hello}}{{#items}}{{t.nowhere}}{{/items}}{{#t.gone}}x{{/t.gone}}")
        #expect(faulty.missingStrings == ["room/greeting: nowhere", "room/greeting: gone"])
    }

    @Test func `keeps line ends of standalone tags out of the page`() throws {
        let model = Greeting(user: "x", items: [.init(name: "a")])
        #expect(try page("{{#items}}\n<{{name}}>\n{{/items}}\n", model) == "<a>\n")
    }

    @Test func `loads a folder`() throws {
        let folder = FileManager.default.temporaryDirectory.appendingPathComponent("pages-\(UUID().uuidString)")
        defer { try? FileManager.default.removeItem(at: folder) }
        for (path, text) in [
            ("templates/room/greeting.mustache", "{{t.hello}} {{user}}"), ("strings/en.json", #"{"hello":"Hello"}"#),
            ("strings/de.json", #"{"hello":"Hallo"}"#), ("templates/notes.txt", "{{{user}}}"),
        ] {
            let file = folder.appendingPathComponent(path)
            try FileManager.default.createDirectory(
                at: file.deletingLastPathComponent(), withIntermediateDirectories: true)
            try Data(text.utf8).write(to: file)
        }
        let templates = try PageTemplates(directory: folder.path)
        #expect(templates.names == ["room/greeting"])
        #expect(templates.strings.languages == ["de", "en"])
        #expect(try templates.render(Greeting(user: "x"), language: "de") == "Hallo x")
    }

    @Test func `a folder that is not there is named`() throws {
        let error = #expect(throws: PageError.self) { try PageTemplates(directory: "/nowhere/at/all") }
        #expect(error?.code == .directoryUnreadable)
        #expect(error?.reason.contains("/nowhere/at/all") == true)
    }
}

// SPDX-License-Identifier: Apache-2.0
internal import Mustache

/// The pages of a service: its templates and texts, loaded once.
///
/// A template sees the stored properties of its model, the texts of the person's language as `{{t.key}}`, and
/// `{{language}}`. Everything is escaped for HTML; only variables whose name ends in `SVG`, pictures made here,
/// may stand unescaped.
package struct PageTemplates: Sendable {
    /// The texts of all languages.
    package let strings: PageStrings
    private let library: MustacheLibrary
    private let sources: [String: String]

    /// Loads `templates/**.mustache` and `strings/*.json` of one folder.
    package init(directory: String) throws(PageError) {
        var sources: [String: String] = [:]
        let folder = directory + "/templates"
        for file in try PageFiles.list(folder, ending: ".mustache") {
            sources[String(file.dropLast(9))] =
                String(decoding: try PageFiles.read(folder + "/" + file), as: UTF8.self)
        }
        try self.init(sources: sources, strings: PageStrings(directory: directory + "/strings"))
    }

    /// Takes templates by name.
    package init(sources: [String: String], strings: PageStrings) throws(PageError) {
        SafeHTML.registered
        var library = MustacheLibrary()
        for (name, source) in sources.sorted(by: { $0.key < $1.key }) {
            if let variable = TemplateVariables(source).unescaped.first(where: { !$0.hasSuffix("SVG") }) {
                throw PageError(code: .unescapedOutput, reason: "template \(name) writes “\(variable)” unescaped")
            }
            do {
                try library.register("{{% CONTENT_TYPE:\(SafeHTML.name)}}\n" + source, named: name)
            } catch {
                throw PageError(code: .templateMalformed, reason: "template \(name): \(error)")
            }
        }
        self.library = library
        self.sources = sources
        self.strings = strings
    }

    /// The names of all templates, sorted.
    package var names: [String] { sources.keys.sorted() }

    /// The page for `model` in a language; see ``PageStrings/language(accepting:)``.
    package func render<Model: PageModel>(_ model: Model, language: String) throws(PageError) -> String {
        let context = PageContext(
            model: Mirror(reflecting: model), language: language, texts: strings.all(in: language))
        guard let page = library.render(context, withTemplate: Model.template) else {
            throw PageError(code: .templateUnknown, reason: "there is no template “\(Model.template)”")
        }
        return page
    }

    /// Texts that templates ask for and English does not have, as `template: key`.
    package var missingStrings: [String] {
        names.flatMap { name in
            TemplateVariables(sources[name] ?? "").texts.filter { !strings.keys.contains($0) }
                .map { "\(name): \($0)" }
        }
    }
}

/// Where a template's variables come from.
private struct PageContext: MustacheParent {
    let model: Mirror
    let language: String
    let texts: [String: String]

    func child(named name: String) -> Any? {
        switch name {
        case "t": texts
        case "language": language
        default: model.children.first { $0.label == name }.flatMap { Self.unwrapped($0.value) }
        }
    }

    /// An absent optional is no value at all: sections over it stay empty.
    private static func unwrapped(_ value: Any) -> Any? {
        let mirror = Mirror(reflecting: value)
        guard mirror.displayStyle == .optional else { return value }
        return mirror.children.first.flatMap { unwrapped($0.value) }
    }
}

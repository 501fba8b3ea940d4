// SPDX-License-Identifier: Apache-2.0
internal import Foundation

/// The texts of all languages: flat keys, one file each, English where a translation is missing.
package struct PageStrings: Sendable {
    /// The language that has every key.
    package static let fallback = "en"

    private let texts: [String: [String: String]]

    /// Reads `<language>.json` files of one folder; `en.json` must be among them.
    package init(directory: String) throws(PageError) {
        var texts: [String: [String: String]] = [:]
        for file in try PageFiles.list(directory, ending: ".json") {
            let bytes = try PageFiles.read(directory + "/" + file)
            do {
                let own = try JSONDecoder().decode([String: String].self, from: Data(bytes))
                texts[String(file.dropLast(5)).lowercased()] = own
            } catch {
                throw PageError(code: .stringsMalformed, reason: "\(directory)/\(file): \(error)")
            }
        }
        try self.init(texts: texts)
    }

    /// Takes the texts by language and key.
    package init(texts: [String: [String: String]]) throws(PageError) {
        guard let english = texts[Self.fallback] else {
            throw PageError(code: .stringsMalformed, reason: "there are no English texts (en.json)")
        }
        self.texts = texts.mapValues { own in english.merging(own) { _, own in own } }
    }

    /// The languages there are, sorted.
    package var languages: [String] { texts.keys.sorted() }

    /// The keys of all texts.
    package var keys: Set<String> { Set(all(in: Self.fallback).keys) }

    /// The text of a key; the key itself when there is none, so that the fault is seen and nothing else breaks.
    package func text(_ key: String, in language: String) -> String {
        all(in: language)[key] ?? key
    }

    /// The first language of ours that `Accept-Language` (RFC 9110 §12.5.4) asks for, by weight.
    package func language(accepting header: String?) -> String {
        var best: (language: String, weight: Double)?
        for range in (header ?? "").prefix(500).split(separator: ",").prefix(20) {
            let parts = range.split(separator: ";").map { $0.filter { $0 != " " && $0 != "\t" }.lowercased() }
            guard let tag = parts.first, let known = known(tag) else { continue }
            let weight = parts.dropFirst().first { $0.hasPrefix("q=") }.map { Double($0.dropFirst(2)) ?? 0 } ?? 1
            if weight > best?.weight ?? 0 { best = (known, weight) }
        }
        return best?.language ?? Self.fallback
    }

    /// Our name for a language tag: itself, or without its region.
    private func known(_ tag: String) -> String? {
        if texts[tag] != nil { return tag }
        let primary = String(tag.prefix { $0 != "-" })
        return texts[primary] == nil ? nil : primary
    }

    func all(in language: String) -> [String: String] {
        texts[known(language.lowercased()) ?? Self.fallback] ?? [:]
    }
}

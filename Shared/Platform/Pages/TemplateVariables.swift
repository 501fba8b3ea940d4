// SPDX-License-Identifier: Apache-2.0

/// The tags of a template's source, as far as loading needs to know them.
struct TemplateVariables {
    /// Variables written with `{{{name}}}` or `{{&name}}`.
    private(set) var unescaped: [String] = []
    /// Keys of `{{t.key}}`.
    private(set) var texts: [String] = []

    init(_ source: String) {
        var rest = Substring(source)
        while let tag = Self.nextTag(in: &rest) {
            let name = tag.drop { "{&#^/> ".contains($0) }.prefix { !"} ".contains($0) }
            if tag.first == "{" || tag.first == "&" { unescaped.append(String(name)) }
            // Other delimiters would hide tags from this reading, and a pragma could choose another escaping.
            if tag.first == "=" || tag.first == "%" { unescaped.append(String(tag.prefix(1))) }
            if tag.first != "/", name.hasPrefix("t.") { texts.append(String(name.dropFirst(2))) }
        }
    }

    /// What stands between the next pair of braces; `rest` moves behind it.
    private static func nextTag(in rest: inout Substring) -> Substring? {
        guard let open = rest.utf8.indices.first(where: { rest.utf8[$0...].starts(with: "{{".utf8) }) else {
            return nil
        }
        let start = rest.utf8.index(open, offsetBy: 2)
        let inside = rest[start...]
        guard let close = inside.utf8.indices.first(where: { inside.utf8[$0...].starts(with: "}}".utf8) }) else {
            return nil
        }
        rest = rest[rest.utf8.index(close, offsetBy: 2)...]
        return inside[..<close].drop { $0 == " " }
    }
}

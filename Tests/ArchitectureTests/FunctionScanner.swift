// SPDX-License-Identifier: Apache-2.0

/// Finds functions and initialisers with a body, and how many lines each takes from its first to its last.
enum FunctionScanner {
    struct Function {
        let name: String
        let firstLine: Int
        let lineCount: Int
    }

    /// Functions of a file, in order; those inside others too.
    static func functions(in file: SourceFile) -> [Function] {
        let words = Array(words(of: file))
        return words.indices.compactMap { index in
            let word = words[index]
            // `.init(…)` and `self.init(…)` are calls.
            let isCall = index > 0 && words[index - 1].text == "."
            guard ["func", "init", "deinit", "subscript"].contains(word.text), !isCall else { return nil }
            guard let end = endOfBody(in: words, from: index + 1) else { return nil }
            let name = word.text == "func" && index + 1 < words.count ? words[index + 1].text : word.text
            return Function(name: name, firstLine: word.line, lineCount: end - word.line + 1)
        }
    }

    private struct Word {
        let text: String
        let line: Int
    }

    /// Identifiers, and every other visible character by itself.
    private static func words(of file: SourceFile) -> [Word] {
        var result: [Word] = []
        for (offset, line) in file.code.enumerated() {
            var current = ""
            for character in line + " " {
                if character.isLetter || character.isNumber || character == "_" {
                    current.append(character)
                    continue
                }
                if !current.isEmpty { result.append(Word(text: current, line: offset + 1)) }
                current = ""
                if !character.isWhitespace { result.append(Word(text: String(character), line: offset + 1)) }
            }
        }
        return result
    }

    private static let declarations: Set<String> = [
        "func", "init", "deinit", "subscript", "var", "let", "case", "struct", "class", "enum", "actor", "extension",
        "protocol", "typealias", "static", "package", "private", "fileprivate", "internal", "mutating", "@",
    ]

    /// The line of the brace that closes the body; nil when the declaration has none.
    private static func endOfBody(in words: [Word], from start: Int) -> Int? {
        var parentheses = 0
        var index = start
        while index < words.count {
            switch words[index].text {
            case "(", "[": parentheses += 1
            case ")", "]": parentheses -= 1
            case "{" where parentheses == 0: return endOfBlock(in: words, from: index)
            case "}" where parentheses == 0: return nil
            case let text where parentheses == 0 && declarations.contains(text) && index > start:
                // The next declaration: this one stands in a protocol.
                if words[index].line > words[start].line { return nil }
            default: break
            }
            index += 1
        }
        return nil
    }

    private static func endOfBlock(in words: [Word], from opening: Int) -> Int? {
        var depth = 0
        for word in words[opening...] {
            if word.text == "{" { depth += 1 }
            if word.text == "}" { depth -= 1 }
            if depth == 0 { return word.line }
        }
        return nil
    }
}
